"""What does it do, in one plain sentence? Its bold parts lead back to the step where they were chosen."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from domain.distributions.draft.spec import Spec
from domain.distributions.plan.names import DisplayNames
from domain.distributions.plan.plan import Plan


@dataclass(frozen=True)
class Phrase:
    """Some words; with a `step` they are bold and lead to it."""

    text: str
    step: str = ""


def plain(sentence: list[Phrase]) -> str:
    """The sentence as text."""
    return "".join(part.text for part in sentence)


def parts(plan: Plan | Spec, names: DisplayNames, people: str = "", when: str = "") -> list[Phrase]:
    """The sentence of a plan, or of as much as a spec has. `people` is the audience as a number (`1,204 people`), `when` the send time."""
    opening = [Phrase("At "), Phrase(when, "summary"), Phrase(", ")] if when else []
    first = [*opening, *_whom(plan, names, people), Phrase(_gives(plan, names) or "something not chosen yet", "action"), *_how(plan, names)]
    first[0] = Phrase(first[0].text[:1].upper() + first[0].text[1:], first[0].step)
    return [*first, Phrase("."), *_limits(plan)]


def _limits(plan: Plan | Spec) -> list[Phrase]:
    once = plan.once_ever if isinstance(plan, Plan) else plan.once
    current = [Phrase(" Those inside today get it "), Phrase("too", "trigger"), Phrase(".")] if plan.current_members else []
    repeated = [Phrase(" Everybody gets it "), Phrase("once at most", "trigger"), Phrase(".")] if once else []
    holders = [Phrase(" Whoever already holds one is "), Phrase("skipped", "action"), Phrase(".")] if plan.skip_holders else []
    return [*current, *repeated, *holders]


def brief(spec: Spec, names: DisplayNames) -> tuple[str, str, str]:
    """For lists: what comes before the bold name, the name, and what comes after: `To `, `Lapsed regulars`, `: a code of Autumn 15 %`."""
    gives = _gives(spec, names)
    lead, named = _starts(spec, names)
    if spec.trigger == "published":
        gives = "a message with it"
    return lead, named, f": {gives}" if gives and spec.trigger else ""


def _starts(spec: Spec, names: DisplayNames) -> tuple[str, str]:
    segment = _called(names.segments, spec.segment_id, "segment")
    match spec.trigger:
        case "manual" if spec.to_customer:
            return "To ", _called(names.customers, spec.to_customer, "customer")
        case "manual":
            return ("To ", segment) if spec.to_segment else ("To nobody yet", "")
        case "segment_entered" | "segment_left":
            return ("Enters " if spec.trigger == "segment_entered" else "Leaves "), segment
        case "published":
            return "Gets a code of ", _called(names.campaigns, spec.trigger_campaign_id, "campaign")
    return "No trigger yet", ""


def _called(names: Mapping[uuid.UUID, str], id: uuid.UUID | None, noun: str) -> str:
    return names.get(id, f"a deleted {noun}") if id else f"a {noun} not chosen yet"


def _whom(plan: Plan | Spec, names: DisplayNames, people: str) -> list[Phrase]:
    agreed = _agreed(plan, names)
    segment = Phrase(_called(names.segments, plan.segment_id, "segment"), "trigger")
    one = plan.customer_id if isinstance(plan, Plan) else plan.to_customer
    match plan.trigger:
        case "manual" if one:
            return [Phrase(_called(names.customers, one, "customer"), "trigger"), *_aside(agreed, ", if they agreed to "), Phrase(" gets ")]
        case "manual":
            gets = " each get " if people and people != "1 person" else " gets "
            return [Phrase(people or "everybody", "trigger"), Phrase(" in "), segment, *_aside(agreed, " who agreed to "), Phrase(gets)]
        case "segment_entered" | "segment_left":
            does = Phrase("enters" if plan.trigger == "segment_entered" else "leaves", "trigger")
            return [Phrase("whenever somebody "), does, Phrase(" "), segment, *_aside(agreed, " and agreed to "), Phrase(", they get ")]
        case "published":
            campaign = Phrase(_called(names.campaigns, plan.trigger_campaign_id, "campaign"), "trigger")
            return [Phrase("whenever somebody is given a code of "), campaign, *_aside(agreed, " and agreed to "), Phrase(", they get ")]
    return [Phrase("nothing starts it yet", "trigger"), Phrase("; people get ")]


def _agreed(plan: Plan | Spec, names: DisplayNames) -> list[Phrase] | None:
    """The permissions asked for; None where the check is switched off."""
    if plan.channels and not plan.check_permission:
        return None
    wanted = dict.fromkeys(names.permissions.get(c.permission_id, "") for c in plan.channels if c.permission_id)
    return _joined([Phrase(name, "channels") for name in wanted if name], " or ")


def _aside(agreed: list[Phrase] | None, lead: str) -> list[Phrase]:
    if agreed is None:
        return [Phrase(", "), Phrase("whether they agreed or not", "channels"), Phrase("" if lead.startswith(" and") else ",")]
    return [Phrase(lead), *agreed, Phrase("," if lead.startswith(",") else "")] if agreed else []


def _gives(plan: Plan | Spec, names: DisplayNames) -> str:
    match plan.action:
        case "codes":
            return f"one code of {_called(names.campaigns, plan.campaign_id, 'campaign')}"
        case "promotion":
            return f"news of the promotion {_called(names.tiers, plan.tier_id, 'promotion')}"
        case "message":
            return "a message"
        case "published_code":
            return "a message with that code"
    return ""


def _how(plan: Plan | Spec, names: DisplayNames) -> list[Phrase]:
    if not plan.channels:
        return [Phrase(", by "), Phrase("no channel yet", "channels")]
    ways = [Phrase(names.channel(c.connection_id, c.mode), "channels") for c in plan.channels]
    return [Phrase(", by "), *_joined(ways, " and by " if len(ways) == 2 else " and ")]


def _joined(these: list[Phrase], last: str) -> list[Phrase]:
    """`a`, `b` and `c`, with plain words between."""
    out: list[Phrase] = []
    for n, part in enumerate(these):
        out += [Phrase(last if n == len(these) - 1 else ", "), part] if n else [part]
    return out
