"""What changed between two versions, in words a marketer can check."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from domain.distributions.plan.names import DisplayNames
from domain.distributions.plan.plan import Channel, Plan
from domain.triggers import own_settings


@dataclass(frozen=True)
class Difference:
    """One thing that is not as before. `lines` are kept for longer texts: (`-`, `+` or space, the line)."""

    what: str
    before: str
    after: str
    lines: tuple[tuple[str, str], ...] = ()


def between(old: Plan, new: Plan, names: DisplayNames) -> list[Difference]:
    """Everything that differs, in the order of the wizard's steps."""
    return [*_choices(old, new, names), *_channels(old, new, names)]


def _choices(old: Plan, new: Plan, names: DisplayNames) -> Iterator[Difference]:
    before, after = dict(_said(old, names)), dict(_said(new, names))
    for what in dict.fromkeys([*before, *after]):
        was, now = before.get(what, ""), after.get(what, "")
        if was != now:
            yield Difference(what, was or "nothing", now or "nothing")


def _said(plan: Plan, names: DisplayNames) -> list[tuple[str, str]]:
    return [
        ("Trigger", plan.chosen_trigger.label),
        *own_settings.in_words(plan.chosen_trigger, plan.settings).items(),
        ("Segment", names.segments.get(plan.segment_id, "a deleted segment") if plan.segment_id else ""),
        ("Customer", names.customers.get(plan.customer_id, "an erased customer") if plan.customer_id else ""),
        ("Published codes of", names.campaigns.get(plan.trigger_campaign_id, "a deleted campaign") if plan.trigger_campaign_id else ""),
        ("Custom event", names.events.get(plan.event_schema_id, "a deleted event") if plan.event_schema_id else ""),
        ("Also those inside already", _yes(plan.current_members)),
        ("Once per customer", _yes(plan.once_ever)),
        ("Catch up after a pause", _yes(plan.catch_up)),
        ("Action", plan.chosen_action.label),
        ("Codes of", names.campaigns.get(plan.campaign_id, "a deleted campaign") if plan.campaign_id else ""),
        ("Promotion", names.tiers.get(plan.tier_id, "a deleted promotion") if plan.tier_id else ""),
        ("Skip who holds one", _yes(plan.skip_holders)),
        ("Permission checked", "yes" if plan.check_permission else f"no: {plan.no_permission_reason}"),
    ]


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _channels(old: Plan, new: Plan, names: DisplayNames) -> Iterator[Difference]:
    before, after = ({c.key: c for c in p.channels} for p in (old, new))
    for key in sorted({*before, *after}):
        was, now = before.get(key), after.get(key)
        if was is None and now is not None:
            yield Difference("Channel added", "", _called(now, names))
        elif now is None and was is not None:
            yield Difference("Channel removed", _called(was, names), "")
        elif was is not None and now is not None:
            yield from _channel(was, now, names)


def _channel(was: Channel, now: Channel, names: DisplayNames) -> Iterator[Difference]:
    called = _called(now, names)
    if was.connection_id != now.connection_id:
        yield Difference(f"{called}: sent by", _called(was, names), called)
    if was.permission_id != now.permission_id:
        yield Difference(f"{called}: permission", _asks(was, names), _asks(now, names))
    for part in sorted({*was.parts, *now.parts}):
        before, after = was.parts.get(part, ""), now.parts.get(part, "")
        if before != after:
            yield Difference(f"{called}: {part.replace('_', ' ')}", before, after, _lines(before, after))


def _asks(channel: Channel, names: DisplayNames) -> str:
    return names.permissions.get(channel.permission_id, "a deleted permission") if channel.permission_id else "none"


def _lines(before: str, after: str) -> tuple[tuple[str, str], ...]:
    """Line by line, for texts of more than one; lines far from a change are left out."""
    if "\n" not in before + after:
        return ()
    told = list(difflib.unified_diff(before.splitlines(), after.splitlines(), n=1, lineterm=""))[2:]
    return tuple((line[:1], line[1:]) if not line.startswith("@@") else ("…", "") for line in told)


def _called(channel: Channel, names: DisplayNames) -> str:
    name, _ = names.connections.get(channel.connection_id, ("a removed connection", ""))
    return f"{names.channel(channel.connection_id, channel.mode)} by {name}"
