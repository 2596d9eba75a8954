"""The plan: everything a launched distribution does, frozen. Made from a spec, or a list of what is wrong with it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from domain.distributions.draft.spec import Spec
from domain.distributions.mistakes import Mistake
from domain.distributions.plan import check_action, check_channels, check_trigger
from domain.distributions.plan.plan import Channel, Plan

__all__ = ["Channel", "Mistake", "Plan", "plan"]


def plan(session: Session, spec: Spec) -> Plan | list[Mistake]:
    """What this spec does, checked against everything it names; or what is wrong with it, in the order of the steps.

    Asked by every step of the wizard, by the launch, by Apply, and again when the time has come.
    """
    mistakes = [*check_trigger.mistakes(session, spec), *check_action.mistakes(session, spec), *check_channels.mistakes(session, spec)]
    if mistakes:
        return mistakes
    return Plan(
        trigger=spec.trigger,
        action=spec.action,
        channels=tuple(
            Channel(c.key, c.connection_id, c.mode, parts, c.permission_id) for c, parts in check_channels.complete(session, spec)
        ),
        segment_id=spec.to_segment,
        segment_revision=check_trigger.revision(session, spec),
        customer_id=spec.to_customer,
        campaign_id=spec.gives,
        trigger_campaign_id=spec.trigger_campaign_id if spec.trigger == "published" else None,
        tier_id=spec.tier_id if spec.action == "promotion" else None,
        current_members=spec.current_members and spec.trigger == "segment_entered",
        once_ever=spec.once,
        catch_up=spec.catch_up and spec.live,
        skip_holders=spec.skip_holders and spec.action == "codes",
        check_permission=spec.check_permission,
        no_permission_reason="" if spec.check_permission else spec.no_permission_reason.strip(),
    )
