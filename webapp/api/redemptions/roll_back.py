"""Take redemptions back: POST /v1/redemptions/{redemptionId}/rollback, and …/rollbacks for those with a parent."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.incentives.redemptions.roll_back import NotRolledBack, RollbackAsked, RolledBack, roll_back
from domain.tables.redemptions import Redemption
from domain.workspace.api_keys.authorize import Caller
from webapp.api.actors import actor
from webapp.api.door.errors import Refusal, not_found
from webapp.api.fields import ApiAnswer, ApiInput, Metadata, Word
from webapp.api.operation import ApiCall, operation
from webapp.api.redemptions.find import found
from webapp.api.redemptions.tell import Told
from webapp.api.shapes import order as orders
from webapp.api.shapes import redemption as shapes
from webapp.api.shapes.order import OrderShape
from webapp.api.shapes.redemption import RollbackShape
from webapp.database import db


class RollbackQuery(ApiInput):
    """Why, and what the shop finds it by; the body may say so too."""

    reason: Word = None
    tracking_id: Word = None


class RollbackGiven(RollbackQuery):
    """The same, with metadata."""

    metadata: Metadata | None = None


class RollbacksShape(ApiAnswer):
    """Everything that was taken back, with the rollback of the parent, and the order."""

    rollbacks: list[RollbackShape]
    parent_rollback: RollbackShape | None = None
    order: OrderShape | None = None


@operation("POST", "/v1/redemptions/{redemptionId}/rollback", verb="shop", query=RollbackQuery, body=RollbackGiven, answers=RollbackShape)
def rollback_redemption(call: ApiCall[RollbackQuery, RollbackGiven]) -> RollbackShape:
    """Take back a single redemption: the code can be used again, the order loses its discount and is canceled. It happens once."""
    session = db.session()
    one = found(session, call.caller, call.path["redemptionId"])
    if one.noun == "stack":
        details = "You can rollback only a single redemption. Use …/rollbacks for one that has several."
        raise Refusal(400, "invalid_redemption", "Invalid redemption", details)
    done, told = _done(session, call, one)
    ((row, back),) = done.done
    return shapes.rollback(row, back, told.facts(row))


@operation(
    "POST", "/v1/redemptions/{parentRedemptionId}/rollbacks", verb="shop", query=RollbackQuery, body=RollbackGiven, answers=RollbacksShape
)
def rollback_redemptions(call: ApiCall[RollbackQuery, RollbackGiven]) -> RollbacksShape:
    """Take back everything that was redeemed together, or a single redemption. It happens once."""
    session = db.session()
    done, told = _done(session, call, found(session, call.caller, call.path["parentRedemptionId"]))
    answer = RollbacksShape(rollbacks=[shapes.rollback(row, back, told.facts(row)) for row, back in done.done])
    more: dict[str, object] = {"order": orders.of(done.order)} if done.order else {}
    if done.parent:
        more["parent_rollback"] = shapes.rollback(*done.parent, told.facts(done.parent[0]))
    return answer.model_copy(update=more)


def _done(session: Session, call: ApiCall[RollbackQuery, RollbackGiven], one: Redemption) -> tuple[RolledBack, Told]:
    _sees_all(session, call.caller, one)
    reason, tracking_id = call.body.reason or call.query.reason, call.body.tracking_id or call.query.tracking_id
    try:
        done = roll_back(session, actor(call.caller), one, RollbackAsked(reason or "", tracking_id or one.tracking_id, call.body.metadata))
    except NotRolledBack as no:
        raise Refusal(400, no.key, no.message, no.details) from no
    session.commit()
    rows = [row for row, _ in done.done] + ([done.parent[0]] if done.parent else [])
    return done, Told(session, call.caller, rows)


def _sees_all(session: Session, caller: Caller, one: Redemption) -> None:
    """A key that is bound to campaigns takes nothing back of others."""
    campaigns = session.scalars(select(Redemption.campaign_id).where(Redemption.parent_id == one.id))
    if not all(campaign and caller.sees(campaign) for campaign in campaigns):
        raise not_found("redemption", shapes.shown_id(one))
