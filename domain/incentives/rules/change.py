"""Make, change and delete rules, and say for what they hold."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete as delete_rows
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain import conditions
from domain.conditions import Condition
from domain.incentives.rules import facts
from domain.journal import audit
from domain.kernel import clock, row_versions
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, folded, outside
from domain.kernel.errors import Refused
from domain.tables.incentives import Campaign, Tier, Voucher
from domain.tables.redemptions import Rule, RuleAssignment

LONGEST = 300
NOUNS: dict[str, Any] = {"campaign": Campaign, "voucher": Voucher, "promotion_tier": Tier}
"""What a rule can hold for."""


@dataclass(frozen=True)
class RuleDraft:
    """A rule as somebody wants it. `messages`: path of a leaf -> what a customer is told."""

    name: str
    condition: Condition
    message: str = ""
    messages: Mapping[str, str] = field(default_factory=dict)
    said: Mapping[str, Any] | None = None


def create(session: Session, actor: Actor, draft: RuleDraft) -> Rule:
    """A new rule. Raises Refused, by field."""
    now = clock.now(session)
    rule = Rule(condition={}, created_at=now, updated_at=now, updated_by=actor.name)
    _say(session, rule, draft)
    session.add(rule)
    session.flush()
    audit.record(session, actor, "create rule", outside(Prefix.RULE, rule.id), rule.name)
    return rule


def edit(session: Session, actor: Actor, rule: Rule, seen: int, draft: RuleDraft) -> None:
    """Save `draft`. Raises Stale where somebody saved since row_version `seen`, Refused by field."""
    row_versions.edit(session, rule, seen, actor, f"the rule “{rule.name}”")
    before = rule.condition
    _say(session, rule, draft)
    session.flush()
    told = {"condition": before}, {"condition": rule.condition}
    audit.record(session, actor, "edit rule", outside(Prefix.RULE, rule.id), rule.name, *told)


def _say(session: Session, rule: Rule, draft: RuleDraft) -> None:
    name = " ".join(draft.name.split())
    wrong: dict[str, str] = {}
    if not name or len(name) > LONGEST:
        wrong["name"] = f"Give the rule a name of at most {LONGEST} characters."
    elif _named(session, name) not in {None, rule.id}:
        wrong["name"] = f"There is a rule called “{name}” already."
    if len(draft.message) > LONGEST or any(len(text) > LONGEST for text in draft.messages.values()):
        wrong["message"] = f"A message may have {LONGEST} characters."
    known = facts.known(session, draft.condition) if isinstance(draft.condition, dict) else {}
    wrong |= {f"rules.{one.path}".rstrip("."): one.text for one in conditions.mistakes(draft.condition, known)}
    if wrong:
        raise Refused(wrong)
    rule.name, rule.name_key = name, folded(name)
    rule.condition = conditions.saved(draft.condition, known)
    rule.message, rule.messages = draft.message, dict(draft.messages)
    rule.counts, rule.said = facts.counts(rule.condition), dict(draft.said) if draft.said is not None else None


def _named(session: Session, name: str) -> uuid.UUID | None:
    return session.scalar(select(Rule.id).where(Rule.name_key == folded(name)))


def delete(session: Session, actor: Actor, rule: Rule) -> None:
    """Delete it. Raises Refused while it holds for something."""
    if count := session.scalar(select(func.count()).where(RuleAssignment.rule_id == rule.id)):
        raise Refused({"": f"The rule holds for {count} campaigns, codes or promotions. Take it away there first."})
    audit.record(session, actor, "delete rule", outside(Prefix.RULE, rule.id), rule.name)
    session.delete(rule)
    session.flush()


def assign(session: Session, actor: Actor, rule: Rule, noun: str, object_id: uuid.UUID) -> RuleAssignment:
    """The rule holds for this campaign, code or promotion from now on. Raises Refused."""
    if session.get(NOUNS[noun], object_id) is None:
        raise Refused({"related_object_id": f"is no {noun.replace('_', ' ')} that there is."})
    same = RuleAssignment.rule_id == rule.id, RuleAssignment.noun == noun, RuleAssignment.object_id == object_id
    session.refresh(rule, with_for_update={"key_share": True})
    if session.scalars(select(RuleAssignment).where(*same)).first() is not None:
        raise Refused({"duplicate": "The rule holds for it already."})
    one = RuleAssignment(rule_id=rule.id, noun=noun, object_id=object_id, created_at=clock.now(session))
    session.add(one)
    session.flush()
    audit.record(session, actor, "assign rule", outside(Prefix.RULE, rule.id), rule.name, after={"to": noun})
    return one


def take_away(session: Session, actor: Actor, assignment: RuleAssignment) -> None:
    """The rule no longer holds for it."""
    rule = session.get_one(Rule, assignment.rule_id)
    session.execute(delete_rows(RuleAssignment).where(RuleAssignment.id == assignment.id))
    audit.record(session, actor, "take rule away", outside(Prefix.RULE, rule.id), rule.name, before={"from": assignment.noun})
