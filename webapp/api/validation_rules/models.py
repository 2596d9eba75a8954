"""What is sent and answered about validation rules?"""

from typing import Any, Literal

from sqlalchemy.orm import Session

from domain.incentives.rules.as_sent import read
from domain.incentives.rules.change import RuleDraft
from domain.kernel.base import Prefix, inside, outside
from domain.kernel.errors import Refused
from domain.kernel.text import money
from domain.tables.redemptions import Rule, RuleAssignment
from domain.tables.workspace import current_project
from webapp.api.door.errors import Refusal, not_found, wrong
from webapp.api.fields import ApiAnswer, ApiInput, Metadata, Word
from webapp.api.shapes.voucher import moment

PREFIXES = {"campaign": Prefix.CAMPAIGN, "voucher": Prefix.VOUCHER, "promotion_tier": Prefix.TIER}
ALL_ITEMS: dict[str, Any] = {"excluded": [], "included": [], "included_all": True}


class ErrorGiven(ApiInput):
    """What a customer is told whom the rule keeps out."""

    message: Word = None


class RuleGiven(ApiInput):
    """A rule: conditions by number, and how they are joined."""

    name: Word = None
    rules: Metadata | None = None
    error: ErrorGiven | None = None


class RuleShape(ApiAnswer):
    """A rule."""

    id: str
    name: str
    rules: dict[str, Any]
    error: dict[str, str] | None
    applicable_to: dict[str, Any]
    type: Literal["expression"]
    context_type: Literal["global"]
    created_at: str | None
    updated_at: str | None
    assignments_count: int
    object: Literal["validation_rules"]


class AssignmentShape(ApiAnswer):
    """That a rule holds for something."""

    id: str
    rule_id: str
    related_object_id: str
    related_object_type: Literal["campaign", "voucher", "promotion_tier"]
    created_at: str | None
    object: Literal["validation_rules_assignment"]


def draft(session: Session, given: RuleGiven, rule: Rule | None = None) -> RuleDraft:
    """What is wanted; what is left out stays as it is. Raises Refusal."""
    said = given.rules if given.rules is not None else rule.said if rule else None
    if said is None and rule is None:
        raise wrong("invalid_payload", "rules is missing: conditions by number, and logic.")
    message = (given.error.message or "") if given.error else rule.message if rule else ""
    name = given.name or (rule.name if rule else "")
    if said is None and rule is not None:
        return RuleDraft(name, rule.condition, message, rule.messages)
    try:
        sent = read(said or {}, money.places(current_project(session).currency))
    except ValueError as why:
        raise wrong("invalid_validation_rules", str(why)) from why
    return RuleDraft(name, sent.condition, message, sent.messages, said)


def found(session: Session, text: str) -> Rule:
    """The rule with this id. Raises Refusal."""
    id = inside(Prefix.RULE, text)
    rule = session.get(Rule, id) if id else None
    if rule is None or rule.name_key is None:
        raise not_found("validation_rules", text)
    return rule


def refusal(why: Refused) -> Refusal:
    """What is wrong with it."""
    return wrong("invalid_validation_rules", "; ".join(f"{field} {words}".strip() for field, words in why.mistakes.items()))


def rule(one: Rule, assignments: int) -> RuleShape:
    """A rule."""
    return RuleShape(
        id=outside(Prefix.RULE, one.id),
        name=one.name,
        rules=one.said if one.said is not None else {"condition": one.condition},
        error={"message": one.message} if one.message else None,
        applicable_to=ALL_ITEMS,
        type="expression",
        context_type="global",
        created_at=moment(one.created_at),
        updated_at=moment(one.updated_at),
        assignments_count=assignments,
        object="validation_rules",
    )


def assignment(one: RuleAssignment) -> AssignmentShape:
    """An assignment."""
    noun: Any = one.noun
    return AssignmentShape(
        id=outside(Prefix.ASSIGNMENT, one.id),
        rule_id=outside(Prefix.RULE, one.rule_id),
        related_object_id=outside(PREFIXES[one.noun], one.object_id),
        related_object_type=noun,
        created_at=moment(one.created_at),
        object="validation_rules_assignment",
    )
