"""The small world in which distributions are tested: Dina, Eli and Finn, a segment, a campaign with codes, a sandbox, a permission."""

import datetime
import uuid
from dataclasses import replace
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from domain.distributions.control import launch
from domain.distributions.draft import store as draft
from domain.distributions.draft.spec import ChannelSpec, Spec
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.addresses import address_hash
from domain.kernel.base import folded, new_id
from domain.shop.custom_events import schemas
from domain.shop.custom_events.schemas import EventField
from domain.tables.connections import Connection
from domain.tables.customers import Consent, Customer, Member, Permission, Segment
from domain.tables.distributions import Distribution
from domain.tables.incentives import Campaign, PoolDelta, Tier, Voucher
from domain.tables.shop import EventSchema
from domain.tables.workspace import Sender, current_project

ANN = Actor("user_ann", "Ann")
BO = Actor("user_bo", "Bo")

MAIL = {
    "subject": "Hello {{ customer.first_name | default: 'there' }}",
    "text": "Your code: {{ voucher.code }}\n{{ links.unsubscribe }}",
    "from_email": "hello@maple-rye.example",
}
PLAIN_MAIL = {**MAIL, "text": "News from {{ brand.name }}\n{{ links.unsubscribe }}"}


class Scene:
    """Makes things with few words, in the session given."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.now = clock.now(session)
        project = current_project(session)
        project.brand, project.public_url, project.send_delay_minutes = "Maple & Rye", "https://maple-rye.example", 10
        project.postal_address, project.zone = "4 Corn Street, Bristol", "Europe/London"
        self.sender = self.add(Sender(name="Maple & Rye", email="hello@maple-rye.example", is_default=True))
        self.offers = self.add(
            Permission(name="Offers and news", name_key="offers and news", channels=["email", "sms"], updated_at=self.now)
        )
        self.sandbox = self.connection("Sandbox", "sandbox")
        self.dina = self.customer("Dina Okafor", "dina@okafor.example", phone="+447700900018", agrees=True)
        self.eli = self.customer("Eli Marsh", "eli@marsh.example")
        self.finn = self.customer("Finn Boyd", "finn@boyd.example", agrees=True)

    def add(self, row: Any) -> Any:
        """Write this row now."""
        if hasattr(row, "created_at") and row.created_at is None:
            row.created_at = self.now
        self.session.add(row)
        self.session.flush()
        return row

    def customer(self, name: str, email: str = "", phone: str = "", *, agrees: bool = False) -> Customer:
        row: Customer = self.add(
            Customer(
                typed_name=name, email=email, phone=phone, updated_at=self.now,
                email_hash=address_hash("email", email), phone_hash=address_hash("phone", phone),
            )
        )  # fmt: skip
        if agrees:
            self.add(Consent(customer_id=row.id, permission_id=self.offers.id, given=True, version=1, at=self.now, how="by hand"))
        return row

    def connection(self, name: str, provider: str, **more: Any) -> Connection:
        row: Connection = self.add(
            Connection(name=name, name_key=folded(name), provider=provider, receipt_word=uuid.uuid4().hex, updated_at=self.now, **more)
        )
        return row

    def segment(self, name: str, *members: Customer, synced: bool = True) -> Segment:
        row: Segment = self.add(
            Segment(
                name=name, name_key=folded(name), kind="manual", updated_at=self.now, size=len(members), revision=1,
                synced_revision=1 if synced else 0, sync="synced" if synced else "syncing", synced_at=self.now if synced else None,
            )
        )  # fmt: skip
        for one in members:
            self.add(Member(segment_id=row.id, customer_id=one.id, entered_at=self.now))
        return row

    def campaign(self, name: str = "Autumn 15 %", codes: int = 5, **more: Any) -> Campaign:
        given = {
            "discount": {"type": "percent", "percent": 15},
            "currency": "GBP",
            "pattern": "RYE-####-####",
            "charset": "23456789ABCDEFGHJKLMNPQRSTUVWXYZ",
            "updated_at": self.now,
        } | more
        row: Campaign = self.add(Campaign(name=name, name_key=folded(name), **given))
        if codes:
            rows = [
                {"id": new_id(), "campaign_id": row.id, "code": f"{name[:3]}-{uuid.uuid4().hex[:10]}", "created_at": self.now}
                for _ in range(codes)
            ]
            self.session.execute(insert(Voucher), rows)
            self.add(PoolDelta(campaign_id=row.id, state="free", delta=codes))
        return row

    def tier(self, name: str = "Early bird", **more: Any) -> Tier:
        campaign = self.campaign(f"{name} promotion", codes=0, kind="promotion")
        row: Tier = self.add(
            Tier(campaign_id=campaign.id, name=name, discount={"type": "percent", "percent": 10}, position=1, updated_at=self.now, **more)
        )
        return row

    def event(self, name: str = "cart_left") -> EventSchema:
        """A custom event that must say a product, and may say an amount."""
        return schemas.create(self.session, ANN, name, [EventField("product", required=True), EventField("amount", "number")])

    def channel(self, parts: dict[str, str] | None = None, mode: str = "email", key: str = "c1", **more: Any) -> ChannelSpec:
        return ChannelSpec(
            key, more.pop("connection", self.sandbox).id, mode, MAIL if parts is None else parts, more.pop("permission_id", self.offers.id)
        )

    def codes_to_segment(self, **changes: Any) -> Spec:
        """A spec that can be launched as it is: one code of a campaign by mail to a segment of two."""
        segment = self.segment(f"Lapsed regulars {uuid.uuid4().hex[:4]}", self.dina, self.finn)
        campaign = self.campaign(f"Autumn 15 % {uuid.uuid4().hex[:4]}")
        spec = Spec(
            trigger="manual", audience="segment", segment_id=segment.id, action="codes", campaign_id=campaign.id, channels=(self.channel(),)
        )
        return replace(spec, **changes)

    def entered(self, **changes: Any) -> Spec:
        """A launchable spec of a live distribution: a code for whoever enters a segment."""
        return replace(self.codes_to_segment(trigger="segment_entered", audience=""), **changes)

    def draft(self, spec: Spec | None = None, name: str = "") -> Distribution:
        row = draft.create(self.session, ANN)
        if name:
            draft.rename(self.session, row.id, name, ANN)
        if spec is not None:
            draft.store(self.session, row.id, spec, row.row_version, ANN)
        return row

    def scheduled(self, spec: Spec | None = None) -> Distribution:
        row = self.draft(spec or self.codes_to_segment())
        launched = launch.launch(self.session, row.id, ANN)
        assert isinstance(launched, launch.Launched), launched
        self.session.refresh(row)
        return row

    def live(self, spec: Spec | None = None) -> Distribution:
        return self.scheduled(spec or self.entered())

    def later(self, **by: float) -> datetime.datetime:
        """Move the clock."""
        clock.shift(self.session, datetime.timedelta(**by))
        self.now = clock.now(self.session)
        return self.now
