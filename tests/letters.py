"""Letters for tests of the sandbox inbox: a distribution that has sent, its recipients and what they got."""

import datetime
import uuid
from typing import Any

from sqlalchemy.orm import Session

from domain.connections import edit
from domain.distributions.plan.plan import Channel, Plan
from domain.kernel import clock
from domain.kernel.actor import SYSTEM
from domain.kernel.base import new_id
from domain.messages.message import compile_message
from domain.tables.connections import Connection, TestSend
from domain.tables.customers import Customer
from domain.tables.distributions import Distribution, Version
from domain.tables.incentives import Campaign, Voucher
from domain.tables.sending import Delivery, Recipient

PARTS: dict[str, dict[str, str]] = {
    "email": {
        "subject": "{{ customer.first_name }}, something for coming back",
        "text": "Hello {{ customer.first_name }}, it has been a while. Your code: {{ voucher.code }}",
        "html": '<p>Hello <b>{{ customer.first_name }}</b></p><p>{{ voucher.code }}</p><img src="{{ voucher.qr }}" alt="">',
        "from_name": "Maple & Rye",
        "from_email": "hello@maple-rye.example",
    },
    "sms": {"text": "Hi {{ customer.first_name }}, 15 % off: {{ voucher.code }}"},
    "webhook": {"payload": '{"type": "code.sent", "code": "{{ voucher.code }}", "name": "{{ customer.first_name }}"}'},
}


def sandbox(session: Session, name: str = "Sandbox") -> Connection:
    return edit.create(session, SYSTEM, "sandbox", name, {})[0]


def customer(session: Session, name: str) -> Customer:
    now, word = clock.now(session), name.split(maxsplit=1)[0].lower()
    made = Customer(
        source_id=f"id-{word}",
        typed_name=name,
        email=f"{word}@okafor.example",
        phone="+447700900018",
        created_at=now,
        updated_at=now,
        details={},
    )
    session.add(made)
    session.flush()
    return made


def distribution(session: Session, connection: Connection, name: str = "Autumn thank-you", action: str = "codes") -> Distribution:
    """One that sends a mail, a text message and a webhook body through `connection`."""
    now = clock.now(session)
    row = Distribution(name=name, name_key=name.lower(), status="done", trigger="manual", version=1, created_at=now, updated_at=now)
    session.add(row)
    session.flush()
    channels = tuple(Channel(f"c{n}", connection.id, kind, PARTS[kind]) for n, kind in enumerate(PARTS, 1))
    plan = Plan("manual", action, channels)
    session.add(Version(distribution_id=row.id, version=1, plan=plan.as_json(), sentence="Send.", created_at=now))
    session.flush()
    return row


def voucher(session: Session, code: str) -> Voucher:
    now = clock.now(session)
    campaign = Campaign(
        name=f"Pool {code}", name_key=f"pool {code}".lower(), created_at=now, updated_at=now, kind="discount", currency="EUR"
    )
    session.add(campaign)
    session.flush()
    made = Voucher(campaign_id=campaign.id, code=code, created_at=now)
    session.add(made)
    session.flush()
    return made


def letter(
    session: Session,
    of: Distribution,
    to: Customer,
    connection: Connection,
    kind: str = "email",
    code: str = "RYE-7KQM-4T2X",
    **changes: Any,
) -> Delivery:
    """What `to` got."""
    now = clock.now(session)
    held = changes.pop("voucher_id", None)
    recipient = Recipient(
        distribution_id=of.id,
        once_key=uuid.uuid4().hex,
        customer_id=to.id,
        version=1,
        lane="bulk",
        state="served",
        waits=False,
        voucher_id=held,
        created_at=now,
    )
    session.add(recipient)
    session.flush()
    facts = {
        "customer": {"first_name": to.name.split()[0]},
        "voucher": {"code": code, "qr": "/q/x.png"},
        "brand": {"name": "Maple & Rye", "address": "4 Corn Street"},
        "links": {"unsubscribe": "https://l.example/u/x", "preferences": "https://l.example/u/y"},
    }
    row = Delivery(
        **{
            "id": new_id(),
            "created_at": now,
            "recipient_id": recipient.id,
            "distribution_id": of.id,
            "customer_id": to.id,
            "channel": f"c{list(PARTS).index(kind) + 1}",
            "connection_id": connection.id,
            "lane": "bulk",
            "version": 1,
            "state": "accepted",
            "address": to.email if kind == "email" else to.phone if kind == "sms" else "",
            "slots": compile_message(PARTS[kind], kind).values(facts),
            "sent_at": now + datetime.timedelta(seconds=1),
            **changes,
        }
    )
    session.add(row)
    session.flush()
    return row


def test_send(session: Session, connection: Connection, **changes: Any) -> TestSend:
    row = TestSend(
        **{
            "connection_id": connection.id,
            "channel": "email",
            "address": "ann@maple-rye.example",
            "parts": {"subject": "[TEST] Hello", "text": "A test", "html": "<p>A test</p>", "from_email": "hello@maple-rye.example"},
            "outcome": "accepted",
            "created_at": clock.now(session),
            **changes,
        }
    )
    session.add(row)
    session.flush()
    return row


test_send.__test__ = False
