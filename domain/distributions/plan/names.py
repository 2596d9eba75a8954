"""What are the things called that specs point at? Loaded for a whole page of distributions with one query a kind."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.distributions.draft.spec import Spec
from domain.distributions.plan.plan import Plan
from domain.tables.connections import Connection
from domain.tables.customers import Customer, Permission, Segment
from domain.tables.incentives import Campaign, Tier
from domain.tables.shop import EventSchema
from integrations import catalogue

Ids = set[uuid.UUID]


@dataclass(frozen=True)
class DisplayNames:
    """Ids -> what people call them; what is gone is absent."""

    segments: dict[uuid.UUID, str] = field(default_factory=dict)
    customers: dict[uuid.UUID, str] = field(default_factory=dict)
    campaigns: dict[uuid.UUID, str] = field(default_factory=dict)
    tiers: dict[uuid.UUID, str] = field(default_factory=dict)
    events: dict[uuid.UUID, str] = field(default_factory=dict)
    permissions: dict[uuid.UUID, str] = field(default_factory=dict)
    connections: dict[uuid.UUID, tuple[str, str]] = field(default_factory=dict)
    """Name and key of the provider."""

    def channel(self, connection_id: uuid.UUID, mode: str) -> str:
        """The channel in one word, as sentences use it: `email`, `SMS`, `the sandbox inbox`, or the connection's name."""
        _, provider = self.connections.get(connection_id, ("", ""))
        return WORDS.get(kind_of(provider, mode), self.connections.get(connection_id, ("a lost connection", ""))[0])

    def called(self, noun: str, id: uuid.UUID | None) -> str:
        """The name of a thing that specs point at; `a deleted segment`, `a segment not chosen yet`."""
        if id is None:
            return f"a {noun} not chosen yet"
        tables = {"segment": self.segments, "customer": self.customers, "campaign": self.campaigns, "promotion": self.tiers}
        tables["custom event"] = self.events
        return tables[noun].get(id, f"a deleted {noun}")


WORDS = {"email": "email", "sms": "SMS", "webhook": "webhook"}


def kind_of(provider_key: str, mode_key: str) -> str:
    """The kind of channel (`email`, `sms`, …) of a provider's mode; empty where the catalogue does not know it."""
    try:
        return catalogue.provider(provider_key).mode(mode_key).channel
    except KeyError:
        return ""


def of(session: Session, specs: Iterable[Spec | Plan]) -> DisplayNames:
    """The names of everything these specs or plans mention."""
    given = list(specs)

    def ids(*fields: str) -> Ids:
        return {value for s in given for f in fields if (value := getattr(s, f, None)) is not None}

    return DisplayNames(
        segments=_names(session, Segment, ids("segment_id")),
        customers=_customers(session, ids("customer_id")),
        campaigns=_names(session, Campaign, ids("campaign_id", "trigger_campaign_id")),
        tiers=_names(session, Tier, ids("tier_id")),
        events=_names(session, EventSchema, ids("event_schema_id")),
        permissions=_names(session, Permission, {c.permission_id for s in given for c in s.channels if c.permission_id}),
        connections=_connections(session, {c.connection_id for s in given for c in s.channels}),
    )


Named = type[Segment] | type[Campaign] | type[Tier] | type[Permission] | type[EventSchema]


def _names(session: Session, model: Named, ids: Ids) -> dict[uuid.UUID, str]:
    if not ids:
        return {}
    return dict(iter(session.execute(select(model.id, model.name).where(model.id.in_(ids)))))


def _customers(session: Session, ids: Ids) -> dict[uuid.UUID, str]:
    if not ids:
        return {}
    rows = session.execute(select(Customer.id, Customer.name, Customer.email, Customer.source_id).where(Customer.id.in_(ids)))
    return {id: name or email or source_id or "a customer without a name" for id, name, email, source_id in rows}


def _connections(session: Session, ids: Ids) -> dict[uuid.UUID, tuple[str, str]]:
    if not ids:
        return {}
    rows = session.execute(select(Connection.id, Connection.name, Connection.provider).where(Connection.id.in_(ids)))
    return {id: (name, provider) for id, name, provider in rows}
