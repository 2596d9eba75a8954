"""For what do validation rules hold? /v1/validation-rules/{validationRuleId}/assignments and /v1/validation-rules-assignments."""

from typing import Literal

from sqlalchemy import select

from domain.incentives.rules import change
from domain.kernel.base import Prefix, inside
from domain.kernel.errors import Refused
from domain.tables.redemptions import RuleAssignment
from webapp.api import listing
from webapp.api.actors import actor
from webapp.api.door.errors import Refusal, not_found, wrong
from webapp.api.fields import ApiAnswer, ApiInput, Limit, Page, Word
from webapp.api.operation import ApiCall, Nothing, operation
from webapp.api.validation_rules.models import PREFIXES, AssignmentShape, assignment, found
from webapp.database import db


class AssignmentsAsked(ApiInput):
    """Which page of the assignments."""

    limit: Limit = 10
    page: Page = 1


class AssignmentGiven(ApiInput):
    """For what a rule is to hold."""

    related_object_type: Literal["voucher", "campaign", "promotion_tier"] = "voucher"
    related_object_id: Word = None


class AssignmentList(ApiAnswer):
    """A page of assignments; `total` is exact up to 10,000."""

    object: Literal["list"]
    data_ref: Literal["data"]
    data: list[AssignmentShape]
    total: int


@operation("GET", "/v1/validation-rules-assignments", verb="manage", query=AssignmentsAsked, body=Nothing, answers=AssignmentList)
def list_validation_rules_assignments(call: ApiCall[AssignmentsAsked, Nothing]) -> AssignmentList:
    """Everything that any rule holds for, the latest first."""
    return _listed(select(RuleAssignment), call.query)


@operation(
    "GET",
    "/v1/validation-rules/{validationRuleId}/assignments",
    verb="manage",
    query=AssignmentsAsked,
    body=Nothing,
    answers=AssignmentList,
)
def list_validation_rule_assignments(call: ApiCall[AssignmentsAsked, Nothing]) -> AssignmentList:
    """Everything that one rule holds for, the latest first."""
    one = found(db.session(), call.path["validationRuleId"])
    return _listed(select(RuleAssignment).where(RuleAssignment.rule_id == one.id), call.query)


def _listed(query: listing.Rows, asked: AssignmentsAsked) -> AssignmentList:
    session = db.session()
    total = listing.total(session, query, RuleAssignment.id)
    ordered = query.order_by(RuleAssignment.id.desc()).limit(asked.limit).offset((asked.page - 1) * asked.limit)
    return AssignmentList(object="list", data_ref="data", data=list(map(assignment, session.scalars(ordered))), total=total)


@operation(
    "POST",
    "/v1/validation-rules/{validationRuleId}/assignments",
    verb="manage",
    query=Nothing,
    body=AssignmentGiven,
    answers=AssignmentShape,
)
def create_validation_rule_assignment(call: ApiCall[Nothing, AssignmentGiven]) -> AssignmentShape:
    """The rule holds for this campaign, code or promotion from now on."""
    session = db.session()
    one, given = found(session, call.path["validationRuleId"]), call.body
    id = inside(PREFIXES[given.related_object_type], given.related_object_id or "")
    if id is None:
        raise wrong(
            "invalid_payload", f"related_object_id is the id of a {given.related_object_type}: {PREFIXES[given.related_object_type]}_…."
        )
    try:
        made = change.assign(session, actor(call.caller), one, given.related_object_type, id)
    except Refused as why:
        if "duplicate" in why.mistakes:
            raise Refusal(409, "duplicate_found", "Duplicate resource found", str(why)) from why
        raise not_found(given.related_object_type, given.related_object_id or "") from why
    session.commit()
    return assignment(made)


@operation(
    "DELETE",
    "/v1/validation-rules/{validationRuleId}/assignments/{assignmentId}",
    verb="manage",
    query=Nothing,
    body=Nothing,
    answers=Nothing,
)
def delete_validation_rule_assignment(call: ApiCall[Nothing, Nothing]) -> Nothing:
    """The rule no longer holds for it."""
    session = db.session()
    rule, id = found(session, call.path["validationRuleId"]), inside(Prefix.ASSIGNMENT, call.path["assignmentId"])
    one = session.get(RuleAssignment, id) if id else None
    if one is None or one.rule_id != rule.id:
        raise not_found("validation_rules_assignment", call.path["assignmentId"])
    change.take_away(session, actor(call.caller), one)
    session.commit()
    return Nothing()
