"""Switch codes off and on, and give back what is held: POST /v1/vouchers/{code}/disable, …/enable, DELETE …/sessions/{sessionKey}."""

from domain.incentives.codes.withdraw import switch
from domain.incentives.redemptions import holds
from webapp.api import named
from webapp.api.actors import actor
from webapp.api.door.errors import not_found
from webapp.api.operation import ApiCall, Nothing, operation
from webapp.api.shapes import voucher as shapes
from webapp.api.shapes.voucher import VoucherShape
from webapp.database import db


@operation("POST", "/v1/vouchers/{code}/enable", verb="manage", query=Nothing, body=Nothing, answers=VoucherShape)
def enable_voucher(call: ApiCall[Nothing, Nothing]) -> VoucherShape:
    """Switch a code on again."""
    return _switched(call, on=True)


@operation("POST", "/v1/vouchers/{code}/disable", verb="manage", query=Nothing, body=Nothing, answers=VoucherShape)
def disable_voucher(call: ApiCall[Nothing, Nothing]) -> VoucherShape:
    """Switch a code off: nobody can redeem it until it is switched on again."""
    return _switched(call, on=False)


def _switched(call: ApiCall[Nothing, Nothing], on: bool) -> VoucherShape:
    session = db.session()
    campaign, one = named.voucher(session, call.path["code"], call.caller)
    switch(session, actor(call.caller), campaign, one, on)
    session.commit()
    return shapes.voucher(one, campaign, call.caller.public_url)


@operation("DELETE", "/v1/vouchers/{code}/sessions/{sessionKey}", verb="shop", query=Nothing, body=Nothing, answers=Nothing)
def release_session(call: ApiCall[Nothing, Nothing]) -> Nothing:
    """Give back the use of a code that is held for a basket."""
    session = db.session()
    _, one = named.voucher(session, call.path["code"], call.caller)
    if not holds.release(session, [one.id], call.path["sessionKey"]):
        raise not_found("session", call.path["sessionKey"])
    session.commit()
    return Nothing()
