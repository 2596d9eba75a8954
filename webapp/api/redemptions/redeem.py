"""Redeem codes and promotions: POST /v1/redemptions."""

from domain.incentives.redemptions.asked import Judged
from domain.incentives.redemptions.redeem import RedemptionDone, redeem
from domain.kernel.errors import Refused
from domain.tables.redemptions import Redemption
from webapp.api.actors import actor
from webapp.api.door.errors import Refusal, shortened
from webapp.api.fields import ApiAnswer
from webapp.api.operation import ApiCall, Nothing, operation
from webapp.api.orders.report import BODY_LIMIT
from webapp.api.redemptions.tell import Told
from webapp.api.shapes import order as orders
from webapp.api.shapes import redemption as shapes
from webapp.api.shapes.order import OrderShape
from webapp.api.shapes.redeemable import RedeemableShape
from webapp.api.shapes.redemption import RedemptionShape, Related, Short
from webapp.api.shapes.voucher import moment
from webapp.api.validations.asked import asked, refusal
from webapp.api.validations.models import RedemptionGiven
from webapp.database import db


class RedeemedShape(ApiAnswer):
    """What was redeemed, with the parent where there are several, and the order."""

    redemptions: list[RedemptionShape]
    parent_redemption: RedemptionShape | None = None
    order: OrderShape | None = None
    inapplicable_redeemables: list[RedeemableShape]
    skipped_redeemables: list[RedeemableShape]


@operation("POST", "/v1/redemptions", verb="shop", query=Nothing, body=RedemptionGiven, answers=RedeemedShape, body_limit=BODY_LIMIT)
def redeem_redeemables(call: ApiCall[Nothing, RedemptionGiven]) -> RedeemedShape:
    """Redeem codes and promotions on an order, up to 30: all of them, or none. A try that fails is kept, and its id is in the answer."""
    session = db.session()
    wanted, _ = asked(session, call.caller, call.body, adds=True)
    try:
        done = redeem(session, actor(call.caller), wanted)
    except Refused as why:
        raise refusal(why) from why
    session.commit()
    if (no := done.validation.first_no) is not None:
        raise _failed(no, done.failed)
    rows = [*done.redemptions, *([done.parent] if done.parent else [])]
    told = Told(session, call.caller, rows)
    answer = RedeemedShape(
        redemptions=[told.redemption(one) for one in done.redemptions], inapplicable_redeemables=[], skipped_redeemables=[]
    )
    more: dict[str, object] = {"order": orders.of(done.order)} if done.order else {}
    if done.parent:
        more["parent_redemption"] = shapes.redemption(done.parent, told.facts(done.parent), _children(done))
    return answer.model_copy(update=more)


def _children(done: RedemptionDone) -> Related:
    return Related(redemptions=[Short(id=shapes.shown_id(one), date=moment(one.at)) for one in done.redemptions])


def _failed(no: Judged, kept: Redemption | None) -> Refusal:
    """What kept all of them out."""
    why = no.why_not
    assert why is not None
    named = no.redeemable.named
    id, noun = (shapes.shown_id(kept), "redemption") if kept else (shortened(named.id), named.noun)
    details = f"{shortened(named.id)}: {why.details}" if kept else why.details
    return Refusal(why.code, why.key, why.message, details, told=why.told, resource_id=id, resource_type=noun)
