"""Validation rules: made, read, changed and taken away: /v1/validation-rules."""

from typing import Any, Literal

from sqlalchemy import func, select

from domain.incentives.rules import change
from domain.kernel.errors import Refused
from domain.tables.redemptions import Rule, RuleAssignment
from webapp.api import listing
from webapp.api.actors import actor
from webapp.api.door.errors import wrong
from webapp.api.fields import ApiAnswer, ApiInput, Limit, Page, Word
from webapp.api.operation import ApiCall, Nothing, operation
from webapp.api.validation_rules.models import RuleGiven, RuleShape, draft, found, refusal, rule
from webapp.database import db

ORDERS: dict[str, Any] = {"created_at": Rule.created_at, "updated_at": Rule.updated_at, "name": Rule.name_key, "id": Rule.id}


class RulesAsked(ApiInput):
    """Which page of the rules."""

    limit: Limit = 10
    page: Page = 1
    order: Word = None


class RuleList(ApiAnswer):
    """A page of rules; `total` is exact up to 10,000."""

    object: Literal["list"]
    data_ref: Literal["data"]
    data: list[RuleShape]
    total: int


@operation("GET", "/v1/validation-rules", verb="manage", query=RulesAsked, body=Nothing, answers=RuleList)
def list_validation_rules(call: ApiCall[RulesAsked, Nothing]) -> RuleList:
    """Rules, the latest first."""
    session, asked = db.session(), call.query
    query: listing.Rows = select(Rule).where(Rule.name_key.is_not(None))
    total = listing.total(session, query, Rule.id)
    ordered = query.order_by(*listing.order(asked.order or "-created_at", ORDERS, Rule.id))
    rows = list(session.scalars(ordered.limit(asked.limit).offset((asked.page - 1) * asked.limit)))
    return RuleList(object="list", data_ref="data", data=[rule(one, _count(one)) for one in rows], total=total)


def _count(one: Rule) -> int:
    return db.session().scalar(select(func.count()).where(RuleAssignment.rule_id == one.id)) or 0


@operation("POST", "/v1/validation-rules", verb="manage", query=Nothing, body=RuleGiven, answers=RuleShape)
def create_validation_rule(call: ApiCall[Nothing, RuleGiven]) -> RuleShape:
    """Make a rule. It holds for nothing until it is assigned."""
    session = db.session()
    try:
        one = change.create(session, actor(call.caller), draft(session, call.body))
    except Refused as why:
        raise refusal(why) from why
    session.commit()
    return rule(one, 0)


@operation("GET", "/v1/validation-rules/{validationRuleId}", verb="manage", query=Nothing, body=Nothing, answers=RuleShape)
def get_validation_rule(call: ApiCall[Nothing, Nothing]) -> RuleShape:
    """One rule."""
    one = found(db.session(), call.path["validationRuleId"])
    return rule(one, _count(one))


@operation("PUT", "/v1/validation-rules/{validationRuleId}", verb="manage", query=Nothing, body=RuleGiven, answers=RuleShape)
def update_validation_rule(call: ApiCall[Nothing, RuleGiven]) -> RuleShape:
    """Change a rule; what is left out stays."""
    session = db.session()
    one = found(session, call.path["validationRuleId"])
    try:
        change.edit(session, actor(call.caller), one, one.row_version, draft(session, call.body, one))
    except Refused as why:
        raise refusal(why) from why
    session.commit()
    return rule(one, _count(one))


@operation("DELETE", "/v1/validation-rules/{validationRuleId}", verb="manage", query=Nothing, body=Nothing, answers=Nothing)
def delete_validation_rule(call: ApiCall[Nothing, Nothing]) -> Nothing:
    """Take away a rule that holds for nothing."""
    session = db.session()
    try:
        change.delete(session, actor(call.caller), found(session, call.path["validationRuleId"]))
    except Refused as why:
        raise wrong("resource_in_use", " ".join(why.mistakes.values())) from why
    session.commit()
    return Nothing()
