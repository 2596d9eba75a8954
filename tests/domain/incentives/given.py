"""What the tests of campaigns begin with: a campaign with codes, recipients of a distribution."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.incentives.codes.draw import make
from domain.incentives.ledger.assign import CodeRequest
from domain.kernel import clock
from domain.kernel.base import folded, new_id
from domain.tables.customers import Customer
from domain.tables.incentives import Campaign
from domain.tables.sending import Recipient


def a_campaign(session: Session, codes: int = 0, **changes: Any) -> Campaign:
    name = changes.pop("name", f"Autumn {uuid.uuid4().hex[:8]}")
    now = clock.now(session)
    values: dict[str, Any] = {
        "discount": {"type": "percent", "percent": 15}, "currency": "EUR", "pattern": "AUTUMN-########",
        "charset": "ABCDEFGHJKMNPQRSTUVWXYZ23456789", "join_once": False, "kind": "discount",
    }  # fmt: skip
    campaign = Campaign(name=name, name_key=folded(name), created_at=now, updated_at=now, **(values | changes))
    session.add(campaign)
    session.flush()
    if codes:
        make(session, campaign.id, campaign.pattern, campaign.charset, codes)
    return campaign


def a_customer(session: Session, **values: Any) -> Customer:
    now = clock.now(session)
    customer = Customer(created_at=now, updated_at=now, **values)
    session.add(customer)
    session.flush()
    return customer


def recipients(
    session: Session, customers: Sequence[uuid.UUID] | int, distribution: uuid.UUID | None = None, depth: int = 0
) -> list[CodeRequest]:
    """Pending recipients of one distribution, one for each customer."""
    if isinstance(customers, int):
        customers = [new_id() for _ in range(customers)]
    distribution, run = distribution or new_id(), str(uuid.uuid4())
    rows = [
        {
            "id": new_id(), "distribution_id": distribution, "once_key": f"{run}-{n}", "customer_id": customer, "version": 1,
            "lane": "bulk", "depth": depth, "created_at": clock.now(session),
        }
        for n, customer in enumerate(customers)
    ]  # fmt: skip
    session.execute(Recipient.__table__.insert(), rows)
    return [CodeRequest(row["id"], row["customer_id"]) for row in rows]


def ids(wanted: Sequence[CodeRequest]) -> list[uuid.UUID]:
    return [w.recipient_id for w in wanted]


def finish(session: Session, recipient_ids: Sequence[uuid.UUID], state: str) -> None:
    session.execute(
        text("UPDATE recipients SET state = :state, waits = false WHERE id = ANY(:ids)"), {"state": state, "ids": list(recipient_ids)}
    )


def one(session: Session, sql: str, **values: Any) -> Any:
    return session.execute(text(sql), values).scalar_one()
