"""A channel on the page: what is written, what it looks like to one customer, what a platform calls its fields, where tests may go."""

import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from domain.connections import configured, prerequisites
from domain.distributions.draft.spec import ChannelSpec, Spec
from domain.distributions.plan import check_channels, editors, field_map
from domain.distributions.preview import preview, send_test
from domain.distributions.preview.preview import Preview
from domain.messages import sms
from domain.messages.mail.parts import MailFormat, format_of
from domain.messages.message import options, values_by_name
from domain.messages.variables import Variable
from domain.tables.connections import Connection
from domain.tables.customers import Customer
from integrations.contract import ConnectionField, Mode, Names
from webapp.access import me
from webapp.distributions import presenters

FORMATS = {
    MailFormat.SIMPLE: "Simple words",
    MailFormat.BLOCKS: "Made of blocks",
    MailFormat.MJML: "MJML",
    MailFormat.RAW: "Plain text or HTML",
}
"""How a mail is written, as the page says it."""


@dataclass(frozen=True)
class FieldMapView:
    """The field map of a platform: its rows, what can be added, what is chosen besides, and what was missing there when it was asked.

    `makes`: what is missing can be made there from here.
    """

    rows: list[field_map.FieldMapRow]
    more: list[Variable]
    names: Names
    options: list[tuple[ConnectionField, str]]
    asks: bool
    there: prerequisites.Known | None
    platform: str
    makes: bool


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
    costly: tuple[sms.CostlyLetter, ...] = ()
    """Characters that make this text message longer for the person it is shown for."""
    map: FieldMapView | None = None
    left: int = 0
    """How much is to be put right before it can go."""
    target: tuple[tuple[str, str], ...] = ()
    """Where exactly it goes, as the summary says it."""

    @property
    def label(self) -> str:
        """`Email`, `SMS`, `Webhook`."""
        return presenters.CHANNEL_WORDS.get(self.kind, "Channel")

    @property
    def made_of(self) -> str:
        """How a mail is written, for people: in the editor, and how large it is; empty for all else."""
        if self.kind != "email":
            return ""
        size = f", {self.preview.size / 1024:.1f} kB" if self.preview.size else ""
        return f"{FORMATS[format_of(self.channel.parts)]}{size}."

    @property
    def icon(self) -> str:
        """The icon of its kind."""
        return presenters.CHANNEL_ICONS.get(self.kind, "plug")


def channel_view(
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
        channel, connection, mode, kind, asked, made, "", wrong, sms.length(text) if kind == "sms" else None, longest,
        tuple(sms.costly(text)) if kind == "sms" else (),
    )  # fmt: skip


def _target(session: Session, connection: Connection) -> tuple[tuple[str, str], ...]:
    try:
        provider, settings = configured.configured(session, connection.id)
    except configured.Unusable:
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
        configured.provider_of(connection).name,
        prerequisites.makes(connection, mode),
    )


def test_addresses(session: Session) -> list[str]:
    """Where tests may go, the person asking first."""
    mine = me().email
    return [mine, *(a for a in send_test.allowed(session) if a != mine)]
