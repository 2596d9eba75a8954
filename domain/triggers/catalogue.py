"""THE TABLE: what can start a distribution, what it can give, and what goes with what.

Read by the wizard (closed choices stand greyed with the reason), by `plan` (the same reason as a Mistake), at run time (the same
reason for what is skipped), and by the message editor (which variables exist). A new trigger is one row here plus the place that
records its event.
"""

import enum
from dataclasses import dataclass

from domain.journal.events import EventKind
from integrations.contract import Mode, Takes


class Pace(enum.StrEnum):
    """Whether it happens once, when a person says so, or again and again, whenever its event happens."""

    ONCE = "once"
    LIVE = "live"


@dataclass(frozen=True)
class Trigger:
    """What starts it. `needs` and `optional` name fields of the spec, `facts` the variables its event brings."""

    key: str
    label: str
    about: str
    category: str
    pace: Pace
    event: EventKind | None
    needs: tuple[str, ...]
    optional: tuple[str, ...]
    facts: tuple[str, ...]
    actions: tuple[str, ...]
    once_key: str
    """What may happen only once for a customer: the `run`, or the `event`."""
    icon: str

    @property
    def live(self) -> bool:
        """Whether it stays live and reacts, rather than being sent once."""
        return self.pace is Pace.LIVE


@dataclass(frozen=True)
class Action:
    """What people get. `takes`: the kinds of channel that can carry it."""

    key: str
    label: str
    about: str
    needs: tuple[str, ...]
    facts: tuple[str, ...]
    takes: frozenset[Takes]
    icon: str


ANY_CHANNEL = frozenset(Takes)
PLAIN = ("message", "promotion", "codes")

TRIGGERS: dict[str, Trigger] = {
    t.key: t
    for t in (
        Trigger(
            "manual", "Once, by hand", "To one customer or a segment", "Manual messages", Pace.ONCE, None,
            ("audience",), ("chosen_time",), ("customer",), PLAIN, "run", "send",
        ),
        Trigger(
            "segment_entered", "Customer entered a segment", "As soon as somebody begins to match", "Segments", Pace.LIVE,
            EventKind.ENTERED, ("segment_id",), ("current_members", "once_ever"), ("customer", "segment"), PLAIN, "event", "log-in",
        ),
        Trigger(
            "segment_left", "Customer left a segment", "As soon as somebody no longer matches", "Segments", Pace.LIVE, EventKind.LEFT,
            ("segment_id",), ("once_ever",), ("customer", "segment"), PLAIN, "event", "log-out",
        ),
        Trigger(
            "published", "Code successfully published", "When a customer is given a code of a campaign", "Publishing codes", Pace.LIVE,
            EventKind.PUBLISHED, ("trigger_campaign_id",), (),
            ("customer", "campaign", "voucher"), ("published_code",), "event", "ticket-check",
        ),
    )
}  # fmt: skip

ACTIONS: dict[str, Action] = {
    a.key: a
    for a in (
        Action(
            "codes", "Send and publish unique codes", "Everybody gets one code of a campaign, for ever theirs",
            ("campaign_id",), ("campaign", "voucher"), ANY_CHANNEL, "ticket",
        ),
        Action(
            "promotion", "Notify about a promotion", "Tells about one tier of a promotion; no code is needed",
            ("tier_id",), ("campaign", "promotion"), ANY_CHANNEL, "megaphone",
        ),
        Action(
            "message", "Send a plain message", "Words only, no incentive", (), (), frozenset({Takes.TEXT, Takes.PAYLOAD}), "message-square",
        ),
        Action(
            "published_code", "Send the code that was published", "The message carries the code just given; no other one is taken",
            (), (), ANY_CHANNEL, "ticket",
        ),
    )
}  # fmt: skip


def trigger(key: str) -> Trigger | None:
    """The trigger named `key`, or None where nothing (or nothing we know) is chosen."""
    return TRIGGERS.get(key)


def action(key: str) -> Action | None:
    """The action named `key`, or None."""
    return ACTIONS.get(key)


def is_live(trigger_key: str) -> bool:
    """Whether a distribution with this trigger goes live instead of being sent once."""
    chosen = TRIGGERS.get(trigger_key)
    return chosen is not None and chosen.live


def action_closed(trigger_key: str, action_key: str) -> str:
    """Why this action cannot follow this trigger; empty where it can."""
    start, act = TRIGGERS.get(trigger_key), ACTIONS.get(action_key)
    if act is None:
        return "Choose what people get."
    if start is None or action_key in start.actions:
        return ""
    if action_key == "published_code":
        return "Only a published code can be sent on: choose the trigger “Code successfully published” for that."
    return "A code has just been given when this starts: the message can only carry that code."


def channel_closed(trigger_key: str, action_key: str, mode: Mode) -> str:
    """Why a channel cannot carry this action after this trigger; empty where it can, or where nothing is chosen yet."""
    start, act = TRIGGERS.get(trigger_key), ACTIONS.get(action_key)
    if start is not None and mode.starts and start.key not in mode.starts:
        able = " or ".join(f"“{TRIGGERS[key].label}”" for key in mode.starts if key in TRIGGERS)
        return f"It is not written to after “{start.label}”. It can follow {able}."
    if act is None or (mode.takes in act.takes and (not mode.carries or act.key in mode.carries)):
        return ""
    if mode.takes in act.takes:
        able = " or ".join(f"“{ACTIONS[key].label}”" for key in mode.carries if key in ACTIONS)
        return f"It cannot carry “{act.label}”. Choose {able} for it."
    return "Platforms write codes and facts to a profile and send words of their own: choose a code or a promotion for them."


def has(trigger_key: str, action_key: str, *, segment: bool = False) -> frozenset[str]:
    """What a message knows beyond the customer: of `voucher`, `promotion` and `segment`, as `domain.messages.variables.known` asks.

    `segment`: whether a manual one goes to a segment.
    """
    start, act = TRIGGERS.get(trigger_key), ACTIONS.get(action_key)
    facts = {*(start.facts if start else ()), *(act.facts if act else ())}
    return frozenset(facts & {"voucher", "promotion", "segment"} | ({"segment"} if segment else set()))
