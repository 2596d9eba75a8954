"""How is the past of the bakery written? Rows as sending would have left them, in a few statements; counters are summed from them."""

import datetime
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, text, update
from sqlalchemy.orm import Session

from domain.customers.consents.unsubscribe import BY_LINK, CUSTOMER
from domain.demo.customers import DemoCustomers, id_of
from domain.demo.fates import PastMessage
from domain.demo.sends import Row
from domain.distributions.plan.plan import Plan
from domain.distributions.preview import values
from domain.incentives.codes import pattern
from domain.journal.events import EventKind
from domain.kernel.base import Base
from domain.messages.message import compile_message
from domain.tables.connections import Connection
from domain.tables.customers import AddressOptOut, Consent, ConsentLog, Permission, Suppression
from domain.tables.distributions import Distribution, Version
from domain.tables.incentives import Campaign, Publication, Voucher
from domain.tables.journal import Event
from domain.tables.redemptions import Redemption
from domain.tables.sending import Delivery, Recipient

_COUNT_MESSAGES = text("""
    INSERT INTO tallies (distribution_id, channel, state, reason, minute, count)
    SELECT distribution_id, channel, state, reason, date_trunc('minute', at), count(*) FROM (
        SELECT distribution_id, '', state, reason, created_at FROM recipients
        UNION ALL SELECT distribution_id, '', 'woken', '', created_at FROM recipients WHERE lane = 'trigger'
        UNION ALL SELECT distribution_id, channel, state, reason, coalesce(settled_at, created_at) FROM deliveries
        UNION ALL SELECT distribution_id, channel, 'sent', '', sent_at FROM deliveries WHERE sent_at IS NOT NULL
        UNION ALL SELECT distribution_id, channel, 'opened', '', opened_at FROM deliveries WHERE opened_at IS NOT NULL
        UNION ALL SELECT distribution_id, channel, 'clicked', '', clicked_at FROM deliveries WHERE clicked_at IS NOT NULL
        UNION ALL SELECT distribution_id, channel, 'delivered_once', '', settled_at FROM deliveries
            WHERE state IN ('delivered', 'complained')
        UNION ALL SELECT distribution_id, channel, 'bounced_once', '', settled_at FROM deliveries WHERE state = 'bounced'
    ) AS told (distribution_id, channel, state, reason, at) GROUP BY 1, 2, 3, 4, 5
""")
_COUNT_CODES = text("""
    INSERT INTO pool_counts (campaign_id, state, count)
    SELECT campaign_id, state, count(*) FROM vouchers GROUP BY 1, 2
    UNION ALL SELECT campaign_id, 'redeemed', count(*) FROM vouchers WHERE redeemed > 0 GROUP BY 1
""")
_STEPS = text("""
    INSERT INTO delivery_steps (delivery_id, at, state, reason)
    SELECT id, settled_at, state, '' FROM deliveries WHERE settled_at IS NOT NULL ORDER BY id
""")


@dataclass(frozen=True)
class PastDistribution:
    """A distribution of the past, with what became of its messages."""

    row: Distribution
    segment_id: uuid.UUID
    campaign: Campaign | None
    spare: int
    """Codes of the campaign that nobody got."""
    fates: list[PastMessage]


def record(session: Session, crowd: DemoCustomers, past: Iterable[PastDistribution], by: Connection, permission: Permission) -> None:
    """Write everything that happened, then the counters."""
    written = _Past(session, crowd, by, permission)
    for one in past:
        written.distribution(one)
        written.refusals(one.fates)
    written.insert(Event, written.events)
    for statement in (_COUNT_MESSAGES, _COUNT_CODES, _STEPS):
        session.execute(statement)


@dataclass
class _Past:
    session: Session
    crowd: DemoCustomers
    by: Connection
    permission: Permission
    events: list[dict[str, Any]] = field(default_factory=list)

    def distribution(self, past: PastDistribution) -> None:
        """Recipients, codes, publications, messages and uses of one distribution."""
        recipients = {self.id(fate.at): fate for fate in past.fates}
        codes = self._codes(past, past.campaign, recipients) if past.campaign else {}
        self.insert(Recipient, [self._recipient(past, id, fate, codes.get(id)) for id, fate in recipients.items()])
        slots = self._slots(past, [(id, fate.customer["id"], codes.get(id)) for id, fate in recipients.items() if not fate.left_out])
        self.insert(Delivery, [self._delivery(past, id, fate, slots.get(id)) for id, fate in recipients.items()])

    def _recipient(self, past: PastDistribution, id: uuid.UUID, fate: PastMessage, code: uuid.UUID | None) -> dict[str, Any]:
        facts, customer = None, fate.customer["id"]
        if past.row.live:
            event = self._happened(EventKind.ENTERED, customer, fate.customer["created_at"], past.segment_id)
            facts = {"event": str(event), "kind": EventKind.ENTERED.value}
        return {
            "id": id, "distribution_id": past.row.id, "once_key": "ever" if past.row.live else str(past.row.run), "customer_id": customer,
            "version": 1, "lane": _lane(past), "state": "skipped" if fate.left_out else "served", "reason": fate.left_out,
            "voucher_id": code, "facts": facts, "waits": False, "prepared": 1, "created_at": fate.at,
        }  # fmt: skip

    def _delivery(self, past: PastDistribution, recipient: uuid.UUID, fate: PastMessage, slots: dict[str, str] | None) -> dict[str, Any]:
        sent = None if fate.left_out else fate.at
        return {
            "id": self.id(fate.at), "created_at": fate.at, "recipient_id": recipient, "distribution_id": past.row.id,
            "customer_id": fate.customer["id"], "channel": "c1", "connection_id": self.by.id, "lane": _lane(past), "version": 1,
            "state": fate.state, "reason": fate.left_out, "address": fate.customer["email"], "slots": slots, "attempts": 1 if sent else 0,
            "ready_at": fate.at, "provider_id": f"{self.crowd.dice.getrandbits(88):022x}" if sent else None, "sent_at": sent,
            "settled_at": fate.settled, "opened_at": fate.opened, "clicked_at": fate.clicked,
        }  # fmt: skip

    def _slots(
        self, past: PastDistribution, wanted: list[tuple[uuid.UUID, uuid.UUID, uuid.UUID | None]]
    ) -> dict[uuid.UUID, dict[str, str]]:
        plan = Plan.from_json(self.session.get_one(Version, (past.row.id, 1)).plan)
        message = compile_message(plan.channels[0].parts, "email")
        shared = values.shared_values(self.session, plan, past.row.id)
        known = values.values_for_batch(self.session, shared, wanted, self.permission.id)
        return {id: message.values(facts) for id, facts in known.items()}

    def _codes(self, past: PastDistribution, campaign: Campaign, recipients: dict[uuid.UUID, PastMessage]) -> dict[uuid.UUID, uuid.UUID]:
        given = {id: fate for id, fate in recipients.items() if fate.gives_code}
        words = list(_different(campaign, len(given) + past.spare))
        made = {id: self.id(campaign.created_at) for id in given}
        self.insert(
            Voucher,
            [self._voucher(campaign, code, made[id], id, fate) for (id, fate), code in zip(given.items(), words, strict=False)]
            + [self._voucher(campaign, code, self.id(campaign.created_at)) for code in words[len(given) :]],
        )
        self.insert(Publication, [self._publication(past, campaign, made[id], id, fate) for id, fate in given.items()])
        uses = [(made[id], fate) for id, fate in given.items() if fate.used]
        self.insert(Redemption, [self._redemption(campaign, id, fate) for id, fate in uses])
        for id, fate in uses:
            if fate.used is not None:
                told = {"voucher_id": str(id), "campaign_id": str(campaign.id), "minor": fate.minor, "at": fate.used.isoformat()}
                self._happened(EventKind.REDEEMED, fate.customer["id"], fate.used, campaign.id, told)
        return made

    def _redemption(self, campaign: Campaign, voucher: uuid.UUID, fate: PastMessage) -> dict[str, Any]:
        assert fate.used is not None
        return {
            "id": self.id(fate.used), "at": fate.used, "noun": "voucher", "voucher_id": voucher, "campaign_id": campaign.id,
            "customer_id": fate.customer["id"], "result": "succeeded", "minor": fate.minor, "source": "file",
        }  # fmt: skip

    def _voucher(
        self, campaign: Campaign, code: str, id: uuid.UUID, recipient: uuid.UUID | None = None, fate: PastMessage | None = None
    ) -> dict[str, Any]:
        used = fate.used if fate else None
        return {
            "id": id, "campaign_id": campaign.id, "code": code, "state": "assigned" if fate else "free", "is_free": fate is None,
            "customer_id": fate.customer["id"] if fate else None, "recipient_id": recipient, "assigned_at": fate.at if fate else None,
            "expires_at": campaign.ends_at if fate else None, "redeemed": 1 if used else 0, "redeemed_at": used,
            "redeemed_minor": fate.minor if fate and used else 0, "once": fate is not None, "created_at": campaign.created_at,
        }  # fmt: skip

    def _publication(
        self, past: PastDistribution, campaign: Campaign, voucher: uuid.UUID, recipient: uuid.UUID, fate: PastMessage
    ) -> dict[str, Any]:
        return {
            "id": self.id(fate.at), "created_at": fate.at, "campaign_id": campaign.id, "voucher_id": voucher,
            "customer_id": fate.customer["id"], "recipient_id": recipient, "distribution_id": past.row.id,
            "channel": "Automation" if past.row.live else "Dashboard", "once": True,
        }  # fmt: skip

    def refusals(self, fates: Iterable[PastMessage]) -> None:
        """Whose address bounced or who complained is never written to again; who unsubscribed takes the permission back."""
        ends = [fate for fate in fates if fate.state in {"bounced", "complained"} and fate.settled]
        self.insert(Suppression, [self._listed(fate) for fate in ends])
        for fate in fates:
            if fate.unsubscribed is not None:
                self._unsubscribed(fate.customer, fate.unsubscribed)

    def _listed(self, fate: PastMessage) -> dict[str, Any]:
        at = fate.settled or fate.at
        row = {"kind": "email", "reason": fate.state, "source": self.by.name}
        self._happened(EventKind.SUPPRESSED, fate.customer["id"], at, None, row)
        return row | {"hash": fate.customer["email_hash"], "created_at": at}

    def _unsubscribed(self, customer: Row, at: datetime.datetime) -> None:
        whose = {"customer_id": customer["id"], "permission_id": self.permission.id}
        now = {"given": False, "version": self.permission.version, "how": BY_LINK}
        self.session.execute(update(Consent).filter_by(**whose).values(**now, at=at))
        self.insert(ConsentLog, [whose | now | {"id": self.id(at), "created_at": at, "by": CUSTOMER.name}])
        no = {"permission_id": self.permission.id, "kind": "email", "hash": customer["email_hash"], "how": BY_LINK, "created_at": at}
        self.insert(AddressOptOut, [no])
        told = {"permission": self.permission.name, "how": BY_LINK, "by": CUSTOMER.name}
        self._happened(EventKind.CONSENT_REVOKED, customer["id"], at, self.permission.id, told)

    def _happened(
        self, kind: EventKind, customer: uuid.UUID, at: datetime.datetime, subject: uuid.UUID | None, facts: dict[str, Any] | None = None
    ) -> uuid.UUID:
        id = self.id(at)
        row = {"id": id, "customer_id": customer, "kind": kind, "at": at, "subject_id": subject, "facts": facts or {}, "depth": 0}
        self.events.append(row)
        return id

    def id(self, at: datetime.datetime) -> uuid.UUID:
        """An id made at that moment."""
        return id_of(at, self.crowd.dice)

    def insert(self, table: type[Base], rows: list[dict[str, Any]]) -> None:
        """Write these rows."""
        if rows:
            self.session.execute(insert(table), rows)


def _lane(past: PastDistribution) -> str:
    return "trigger" if past.row.live else "bulk"


def _different(campaign: Campaign, count: int) -> Iterator[str]:
    """So many codes of the campaign's look, no two alike."""
    seen: set[str] = set()
    while len(seen) < count:
        for code in pattern.draw(campaign.pattern, campaign.charset, count - len(seen)):
            if code not in seen:
                seen.add(code)
                yield code
