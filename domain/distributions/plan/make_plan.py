"""Can this be launched? A spec becomes a plan, or the list of everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from domain.distributions.draft.spec import Spec
from domain.distributions.mistakes import Mistake
from domain.distributions.plan import check_action, check_channels, check_trigger
from domain.distributions.plan.plan import Channel, Plan
from domain.triggers.fits import asked

__all__ = ["Channel", "Mistake", "Plan", "as_plan", "plan"]


def plan(session: Session, spec: Spec) -> Plan | list[Mistake]:
    """What this spec does, checked against everything it names; or what is wrong with it, in the order of the steps.

    Asked by every step of the wizard, by the launch, by Apply, and again when the time has come.
    """
    if spec.unreadable:
        return [Mistake("trigger", "trigger", spec.unreadable)]
    mistakes = [*check_trigger.mistakes(session, spec), *check_action.mistakes(session, spec), *check_channels.mistakes(session, spec)]
    if mistakes:
        return mistakes
    channels = (Channel(c.key, c.connection_id, c.mode, parts, c.permission_id) for c, parts in check_channels.complete(session, spec))
    return as_plan(spec, channels, check_trigger.revision(session, spec))


def as_plan(spec: Spec, channels: Iterable[Channel] = (), segment_revision: int | None = None) -> Plan:
    """As much of a plan as this spec has, right or wrong. What neither trigger nor action asks for is left out."""
    start, act = spec.chosen_trigger, spec.chosen_action
    return Plan(
        trigger=spec.trigger,
        action=spec.action,
        channels=tuple(channels),
        segment_id=spec.to_segment,
        segment_revision=segment_revision,
        customer_id=spec.to_customer,
        campaign_id=spec.campaign_id if asked(act, "campaign_id") else None,
        trigger_campaign_id=spec.trigger_campaign_id if asked(start, "trigger_campaign_id") else None,
        event_schema_id=spec.event_schema_id if asked(start, "event_schema_id") else None,
        tier_id=spec.tier_id if asked(act, "tier_id") else None,
        current_members=spec.current_members and asked(start, "current_members"),
        once_ever=spec.once,
        catch_up=spec.catch_up and asked(start, "catch_up"),
        skip_holders=spec.skip_holders and asked(act, "skip_holders"),
        check_permission=spec.check_permission,
        settings=dict(spec.settings),
        no_permission_reason="" if spec.check_permission else spec.no_permission_reason.strip(),
    )
