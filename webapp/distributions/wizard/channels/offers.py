"""Which channels can be added? Ways that are connected as tiles, and by their headings the providers that are not."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.distributions.draft.spec import Spec
from domain.distributions.plan import editors
from domain.kernel.base import Prefix, outside
from domain.tables.connections import Connection
from domain.triggers.fits import channel_closed
from integrations import catalogue
from integrations.contract import Provider
from webapp.distributions import presenters
from webapp.distributions.wizard.tiles import Option

HEADINGS = ("Mail", "SMS", "Platforms", "Own systems", "Trying out")
"""What providers that are not connected are listed under."""


def channel_tiles(session: Session, spec: Spec) -> list[Option]:
    """A tile for each way that is connected and not chosen yet."""
    return [option for row in _connected(session) for option in _ways(spec, row)]


def _connected(session: Session) -> Sequence[Connection]:
    return session.scalars(select(Connection).where(Connection.archived_at.is_(None)).order_by(Connection.name_key)).all()


@dataclass(frozen=True)
class UnconnectedProviders:
    """Providers of one kind that could be connected, under their heading."""

    label: str
    options: list[Option]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.options)

    @property
    def names(self) -> str:
        """Their names, for the line that folds them."""
        return ", ".join(option.label for option in self.options)


def unconnected(session: Session) -> list[UnconnectedProviders]:
    """What is not connected yet, by what it is for."""
    there = {row.provider for row in _connected(session)}
    found = [p for p in catalogue.providers() if p.key not in there]
    grouped = {label: [p for p in found if _heading(p) == label] for label in HEADINGS}
    return [
        UnconnectedProviders(label, [Option(p.key, p.name, p.about, p.icon, href=url_for("connections.new", key=p.key)) for p in some])
        for label, some in grouped.items()
        if some
    ]


def _heading(provider: Provider) -> str:
    if provider.writes_to_nobody:
        return HEADINGS[-1]
    kind = editors.kind(provider.modes[0])
    return {"email": "Mail", "sms": "SMS", "platform": "Platforms"}.get(kind, "Own systems")


def _ways(spec: Spec, row: Connection) -> list[Option]:
    try:
        provider = catalogue.provider(row.provider)
    except KeyError:
        return []
    several = len(provider.modes) > 1
    return [
        Option(
            f"{outside(Prefix.CONNECTION, row.id)}:{mode.key}",
            f"{row.name}, {mode.label}" if several else row.name,
            f"Paused: {row.paused_reason}" if row.paused_at else provider.about,
            presenters.CHANNEL_ICONS.get(mode.channel, provider.icon),
            off=channel_closed(spec.trigger, spec.action, mode),
        )
        for mode in provider.modes
        if not any(c.connection_id == row.id and c.mode == mode.key for c in spec.channels)
    ]
