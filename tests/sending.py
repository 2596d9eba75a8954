"""A distribution that is about to be sent: connection, campaign with codes, customers in a segment, a frozen version."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

import domain.tables  # noqa: F401 - every table is known before the first one is used
from domain.distributions.control import launch
from domain.distributions.plan.plan import Channel, Plan
from domain.incentives.codes.draw import make
from domain.kernel import clock
from domain.kernel.base import folded, new_id
from domain.tables.connections import Connection
from domain.tables.customers import Segment
from domain.tables.distributions import Distribution, Version
from domain.tables.incentives import Campaign
from domain.tables.workspace import Project

WORDS = {"subject": "For {{ customer.first_name }}", "text": "Your code: {{ voucher.code }}. No more: {{ links.unsubscribe }}"}


def a_project(session: Session) -> Project:
    project = session.get(Project, 1)
    if project is None:
        project = Project(id=1, brand="Maple & Rye", public_url="https://maple.example", updated_at=clock.now(session))
        session.add(project)
        session.flush()
    return project


def a_connection(session: Session, provider: str = "sandbox", **values: Any) -> Connection:
    now = clock.now(session)
    name = f"{provider} {uuid.uuid4().hex[:6]}"
    connection = Connection(
        name=name, name_key=folded(name), provider=provider, receipt_word=uuid.uuid4().hex, created_at=now, updated_at=now, **values
    )
    session.add(connection)
    session.flush()
    return connection


def a_campaign(session: Session, codes: int, **values: Any) -> Campaign:
    now = clock.now(session)
    name = f"Autumn {uuid.uuid4().hex[:8]}"
    given = {
        "kind": "discount", "discount": {"type": "percent", "percent": 15}, "currency": "EUR", "pattern": "AUTUMN-########",
        "charset": "ABCDEFGHJKMNPQRSTUVWXYZ23456789", "join_once": False,
    }  # fmt: skip
    campaign = Campaign(name=name, name_key=folded(name), created_at=now, updated_at=now, **(given | values))
    session.add(campaign)
    session.flush()
    if codes:
        make(session, campaign.id, campaign.pattern, campaign.charset, codes)
    return campaign


def a_segment(session: Session, customers: int = 0) -> Segment:
    """A manual segment with so many customers `c<n>@example.com` called Dina <n>."""
    now = clock.now(session)
    name = f"Regulars {uuid.uuid4().hex[:8]}"
    segment = Segment(
        name=name, name_key=folded(name), kind="manual", sync="synced", synced_revision=1, size=customers, created_at=now, updated_at=now
    )
    session.add(segment)
    session.flush()
    if customers:
        session.execute(
            text("""
                WITH made AS (
                    INSERT INTO customers (id, typed_name, email, phone, email_hash, phone_hash, birthdate, line1, line2, city, region,
                        postal_code, country, locale, time_zone, metadata, created_at, row_version, updated_at, updated_by)
                    SELECT largesse_uuid7(), 'Dina ' || n, 'c' || n || :mark || '@example.com', '',
                        encode(sha256(convert_to('email:c' || n || :mark || '@example.com',
                        'UTF8')), 'hex'), '', NULL, '', '', 'Kraków', '',
                        '',
                        'PL', 'en_GB', '', '{}', :now, 1, :now, '' FROM generate_series(1, :count) AS n RETURNING id)
                INSERT INTO segment_members (segment_id, customer_id, entered_at) SELECT :segment, id, :now FROM made
            """),
            {"count": customers, "now": now, "segment": segment.id, "mark": f"-{segment.id.hex[-6:]}"},
        )
    return segment


def channels(*connections: Connection, mode: str = "email", **values: Any) -> tuple[Channel, ...]:
    return tuple(
        Channel(
            key=f"c{n}", connection_id=connection.id, mode=mode, parts=values.get("parts", WORDS), permission_id=values.get("permission")
        )
        for n, connection in enumerate(connections, 1)
    )


def a_distribution(session: Session, plan: Plan, status: str = "sending", **values: Any) -> Distribution:
    """Launched, with its plan as version 1."""
    now = clock.now(session)
    name = f"Autumn thank-you {uuid.uuid4().hex[:8]}"
    given = {"version": 1, "run": new_id(), "started_at": now}
    distribution = Distribution(
        name=name, name_key=folded(name), status=status, trigger=plan.trigger, live=plan.chosen_trigger.live,
        created_at=now, updated_at=now,
        **(given | values)
    )  # fmt: skip
    launch.wait(distribution, plan)
    session.add(distribution)
    session.flush()
    session.add(Version(distribution_id=distribution.id, version=1, plan=plan.as_json(), sentence="One code each.", created_at=now))
    session.flush()
    return distribution


def waits_for_codes_of(session: Session, campaign_id: uuid.UUID) -> Distribution:
    """A distribution that waits for this campaign's publications; it has not begun, so it hears none."""
    plan = Plan(trigger="published", action="published_code", channels=(), trigger_campaign_id=campaign_id, check_permission=False)
    return a_distribution(session, plan, status="paused", started_at=None)


def codes_to_segment(session: Session, people: int, codes: int | None = None, **values: Any) -> Distribution:
    """The usual scene: one code each, by the sandbox's mail, to a segment of `people`."""
    a_project(session)
    connection = values.pop("connection", None) or a_connection(session)
    campaign = a_campaign(session, people if codes is None else codes, **values.pop("campaign", {}))
    segment = a_segment(session, people)
    plan = Plan(
        trigger="manual", action="codes", channels=channels(connection, **values), segment_id=segment.id, campaign_id=campaign.id,
        check_permission="permission" in values,
    )  # fmt: skip
    return a_distribution(session, plan)


def states(session: Session, distribution: Distribution, table: str = "deliveries") -> dict[str, int]:
    rows = session.execute(text(f"SELECT state, count(*) FROM {table} WHERE distribution_id = :id GROUP BY 1"), {"id": distribution.id})
    return {row[0]: row[1] for row in rows}


def customers_of(session: Session, segment_id: uuid.UUID) -> Sequence[uuid.UUID]:
    return session.scalars(
        text("SELECT customer_id FROM segment_members WHERE segment_id = :id ORDER BY customer_id"), {"id": segment_id}
    ).all()
