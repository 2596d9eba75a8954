"""The pieces that steps of the wizard are made of: words for the rail, channels with their previews, and what the summary says."""

import datetime
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from domain.connections import configured as use
from domain.connections import prerequisites
from domain.customers.facts.catalogue import known
from domain.distributions.audience import left_out
from domain.distributions.audience.size import AudienceSize
from domain.distributions.control import countdown as gate
from domain.distributions.control import preflight
from domain.distributions.draft.spec import ChannelSpec, Spec
from domain.distributions.mistakes import Mistake
from domain.distributions.plan import check_channels, editors, field_map, sentence
from domain.distributions.plan.check_trigger import chosen_time
from domain.distributions.plan.names import DisplayNames as Called
from domain.distributions.preview import preview
from domain.distributions.preview import send_test as test_send
from domain.distributions.preview.preview import Preview
from domain.incentives.codes.pool import pool
from domain.kernel.base import Prefix, outside
from domain.messages import sms
from domain.messages.message import options, values_by_name
from domain.messages.variables import Variable
from domain.tables.connections import Connection
from domain.tables.customers import Customer, Segment
from domain.tables.distributions import Distribution
from domain.tables.incentives import Campaign
from domain.triggers import catalogue as choices
from integrations.contract import Field, Mode, Names
from webapp import formatting
from webapp.access import me
from webapp.distributions import shown
from webapp.segments import preview as crowds
from webapp.segments.builder import Builder


def trigger_words(spec: Spec, names: Called) -> str:
    """What the rail says under Trigger."""
    if not spec.trigger:
        return ""
    lead, name, _ = sentence.brief(spec, names)
    if spec.trigger == "manual":
        return f"Manual, {lead[:1].lower()}{lead[1:]}{name}".strip()
    return f"{lead}{name}".strip()


def action_words(spec: Spec, names: Called) -> str:
    """What the rail says under Action."""
    match spec.action:
        case "codes" if spec.campaign_id:
            return f"Code of {names.campaigns.get(spec.campaign_id, 'a deleted campaign')}"
        case "promotion" if spec.tier_id:
            return f"Promotion {names.tiers.get(spec.tier_id, 'deleted')}"
    action = choices.action(spec.action)
    return action.label if action else ""


def building(session: Session, seen: Any) -> dict[str, Any]:
    """The builder of a new segment, as it was left or as it was just sent, and whom it finds now."""
    kept = seen.spec.new_segment or {}
    one = seen.building or Builder.of(known(session), kept.get("condition"), form_id="wizard")
    asked = Builder.of(one.facts, one.condition(), form_id="wizard")
    condition = asked.checked(session)
    return {"builder": one, "found_now": crowds.crowd(session, condition, one.facts) if condition is not None else None}


@dataclass(frozen=True)
class FieldMapView:
    """The field map of a platform: its rows, what can be added, what is chosen besides, and what was missing there when it was asked."""

    rows: list[field_map.FieldMapRow]
    more: list[Variable]
    names: Names
    options: list[tuple[Field, str]]
    asks: bool
    there: prerequisites.Known | None
    platform: str


@dataclass(frozen=True)
class ChannelView:
    """A channel on the page: what it is, what is written, what it looks like, what is wrong with its words."""

    channel: ChannelSpec
    connection: Connection | None
    mode: Mode | None
    kind: str
    parts: tuple[editors.MessagePart, ...]
    preview: Preview
    problem: str
    wrong: dict[str, str]
    length: sms.Length | None = None
    longest: sms.Length | None = None
    map: FieldMapView | None = None
    target: tuple[tuple[str, str], ...] = ()
    """Where exactly it goes, as the summary says it."""

    @property
    def label(self) -> str:
        """`Email`, `SMS`, `Webhook`."""
        return shown.CHANNEL_WORDS.get(self.kind, "Channel")

    @property
    def icon(self) -> str:
        """The icon of its kind."""
        return shown.CHANNEL_ICONS.get(self.kind, "plug")


def way(
    session: Session,
    spec: Spec,
    channel: ChannelSpec,
    customer: Customer | None,
    allowed: tuple[Variable, ...],
    distribution_id: uuid.UUID | None = None,
) -> ChannelView:
    """This channel, seen as `customer`."""
    found = check_channels.mode_of(session, channel)
    if isinstance(found, str):
        return ChannelView(channel, session.get(Connection, channel.connection_id), None, "", (), Preview({}), found, {})
    connection, mode = found
    kind = editors.kind(mode)
    made = preview.of(session, spec, channel, customer, distribution_id)
    asked = editors.parts(mode, channel.parts)
    wrong = {part.key: " ".join(check_channels.words(channel.parts.get(part.key, ""), part.key, allowed, channel.parts)) for part in asked}
    if kind == "platform":
        return ChannelView(channel, connection, mode, kind, asked, made, "", wrong, map=_map(session, channel, connection, mode, allowed))
    if kind == "webhook":
        return ChannelView(channel, connection, mode, kind, asked, made, "", wrong, target=_target(session, connection))
    text = made.parts.get("text", "")
    longest = sms.length(preview.of(session, spec, channel, None).parts.get("text", "")) if kind == "sms" else None
    return ChannelView(
        channel, connection, mode, kind, asked, made, "", wrong, sms.length(text) if kind == "sms" else None, longest
    )  # fmt: skip


def _target(session: Session, connection: Connection) -> tuple[tuple[str, str], ...]:
    try:
        provider, settings = use.configured(session, connection.id)
    except use.Unusable:
        return ()
    return provider.target(settings) if provider.target else ()


def _map(session: Session, channel: ChannelSpec, connection: Connection, mode: Mode, allowed: tuple[Variable, ...]) -> FieldMapView:
    chosen = options(mode, channel.parts)
    return FieldMapView(
        field_map.rows(mode, channel.parts, allowed),
        field_map.more(channel.parts, allowed),
        mode.names or Names("NAME"),
        [(one, chosen[one.key]) for one in mode.options],
        prerequisites.asks(connection, mode),
        prerequisites.known(session, connection, mode, list(values_by_name(channel.parts))),
        use.provider_of(connection).name,
    )


def test_addresses(session: Session) -> list[str]:
    """Where tests may go, the person asking first."""
    mine = me().email
    return [mine, *(a for a in test_send.allowed(session) if a != mine)]


def summary(
    session: Session, row: Distribution, spec: Spec, mistakes: list[Mistake],
    crowd: AudienceSize | None, names: Called, customer: Customer | None,
) -> dict[str, Any]:  # fmt: skip
    """What the last step shows."""
    out = left_out.count(session, spec) if crowd is not None else None
    people = out.reached if out is not None else (crowd.count if crowd else 0)
    campaign = session.get(Campaign, spec.gives) if spec.gives else None
    free = pool(session, campaign.id).free if campaign else 0
    due = due_at(session, row, spec)
    checks = preflight.checks(session, spec, [m for m in mistakes if m.step != "summary"], crowd, people, names)
    when = shown.moment(due) if due and not spec.live else ""
    number = formatting.plural(people, "person", "people") if crowd and spec.to_segment else ""
    allowed = check_channels.known(session, spec)
    return {
        "sentence": sentence.parts(spec, names, people=number, when=when),
        "checks": checks,
        "fine": sum(c.level == "good" for c in checks),
        "look_at": sum(c.level != "good" for c in checks),
        "out": out,
        "people": people,
        "campaign": campaign,
        "free": free,
        "due": due,
        "waits": _waits(session, spec),
        "delay": gate.delay(session),
        "button": button(row, spec, people, due, names),
        "customer": customer,
        "ways": [way(session, spec, channel, customer, allowed, row.id) for channel in spec.channels],
        "shown": shown,
        "links": _links(checks),
    }


def due_at(session: Session, row: Distribution, spec: Spec) -> datetime.datetime | None:
    """When it would go out if it was launched now; of a scheduled one that is edited, when it goes out."""
    if spec.live or _waits(session, spec) is not None:
        return None
    try:
        chosen = chosen_time(spec)
    except (ValueError, KeyError):
        return None
    earliest = row.due_at if row.status == "scheduled" and row.due_at else formatting.now() + gate.delay(session)
    return max(chosen, earliest) if chosen else earliest


def _waits(session: Session, spec: Spec) -> Segment | None:
    """The segment that must be in sync first."""
    segment = session.get(Segment, spec.to_segment) if spec.to_segment and not spec.live else None
    return segment if segment is not None and not gate.in_sync(segment) else None


def button(row: Distribution, spec: Spec, people: int, due: datetime.datetime | None, names: Called) -> str:
    """What the button does: “Send 1,204 codes at 12:14”, “Set live”, “Apply as version 3”."""
    if row.side_spec is not None:
        return f"Apply as version {row.version + 1}"
    if spec.live:
        return "Set live"
    thing = formatting.plural(people, "code") if spec.action == "codes" else formatting.plural(people, "message")
    if spec.to_customer:
        thing = f"it to {names.customers.get(spec.to_customer, 'them')}"
    return f"Send {thing} at {shown.moment(due)}" if due else f"Send {thing} after the sync"


def _links(checks: list[preflight.PreflightCheck]) -> dict[int, str]:
    """Where the link of each check leads, by its place in the list."""
    prefixes = {
        "connection": (Prefix.CONNECTION, "/connections/"),
        "campaign": (Prefix.CAMPAIGN, "/campaigns/"),
        "segment": (Prefix.SEGMENT, "/segments/"),
    }
    found = {}
    for n, check in enumerate(checks):
        if check.about in prefixes and check.id is not None:
            prefix, path = prefixes[check.about]
            found[n] = f"{path}{outside(prefix, check.id)}"
        elif check.about == "project":
            found[n] = "/settings/project"
    return found
