"""How is it going, and how did it go? Read from sums, never by counting rows: progress, funnel, channels, time line."""

import datetime
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.connections.held import HeldConnection, held
from domain.distributions.plan.plan import Plan
from domain.incentives.codes.pool import pool
from domain.kernel import clock
from domain.sending.states import tallies
from domain.sending.states.settle_recipients import UNSURE
from domain.tables.distributions import Distribution, Version


@dataclass(frozen=True)
class Progress:
    """People of a distribution, by where they stand, and how fast it goes."""

    people: int
    sent: int
    refused: int
    skipped: int
    """Left out; they are not among those that it is sent to."""
    waiting: int
    delivered: int
    """Arrived, those who complained afterwards included."""
    bounced: int
    on_their_way: int
    unsure: int
    per_minute: int
    seconds_left: int | None
    codes_left: int | None
    held: tuple[HeldConnection, ...]
    """Connections that send nothing now, and why."""

    @property
    def wanted(self) -> int:
        """Everybody but those left out."""
        return self.people - self.skipped

    @property
    def stamp(self) -> str:
        """Changes whenever a number does."""
        return "-".join(
            str(n) for n in (
                self.people, self.sent, self.refused, self.skipped, self.waiting, self.delivered, self.bounced, self.on_their_way,
                self.unsure, self.codes_left, *((one.kind, one.until) for one in self.held),
            )
        )  # fmt: skip


class Sums:
    """The sums of one distribution, asked by state."""

    def __init__(self, session: Session, distribution_id: uuid.UUID) -> None:
        self.rows = tallies.read(session, distribution_id)

    def people(self, *states: str) -> int:
        """Recipients in these states."""
        return sum(t.count for t in self.rows if t.channel == "" and t.state in states)

    @property
    def unsure(self) -> int:
        """Recipients of whom nobody knows whether they got it; they are among the served."""
        return sum(t.count for t in self.rows if t.channel == "" and t.state == "served" and t.reason == UNSURE)

    def messages(self, *states: str, channel: str | None = None) -> int:
        """Deliveries in these states, or marks of that name."""
        return sum(t.count for t in self.rows if t.channel and t.state in states and channel in {None, t.channel})


def plan_of(session: Session, row: Distribution) -> Plan | None:
    """The plan that runs; None where there is none yet, or it cannot be read."""
    version = session.get(Version, (row.id, row.version))
    return Plan.shown(version.plan) if version is not None else None


def progress(session: Session, row: Distribution) -> Progress:
    """Where its people stand now."""
    sums, now = Sums(session, row.id), clock.now(session)
    plan = plan_of(session, row)
    waiting = sums.people("pending", "ready")
    rate = _per_minute(session, row, now)
    connections = [channel.connection_id for channel in plan.channels] if plan else []
    return Progress(
        people=sums.people("pending", "ready", "served", "failed", "skipped"),
        sent=sums.people("served") - sums.unsure,
        refused=sums.people("failed"),
        skipped=sums.people("skipped"),
        waiting=waiting,
        delivered=sums.messages("delivered", "complained"),
        bounced=sums.messages("bounced"),
        on_their_way=sums.messages("open", "polling", "accepted"),
        unsure=sums.unsure,
        per_minute=rate,
        seconds_left=round(60 * waiting / rate) if rate and waiting and row.status == "sending" else None,
        codes_left=pool(session, plan.campaign_id).free if plan and plan.campaign_id else None,
        held=tuple(held(session, connections)) if row.status in {"sending", "live", "paused"} else (),
    )


def _per_minute(session: Session, row: Distribution, now: datetime.datetime) -> int:
    """Messages a minute, over the last two minutes or since it began."""
    if row.started_at is None or row.status not in {"sending", "live"}:
        return 0
    after = max(now - datetime.timedelta(minutes=2), row.started_at)
    sent = sum(
        count for minute, _, count in tallies.by_minute(session, row.id, ["sent"]) if minute >= after.replace(second=0, microsecond=0)
    )
    span = max((now - after.replace(second=0, microsecond=0)).total_seconds(), 1.0)
    return round(60 * sent / span)


@dataclass(frozen=True)
class Bar:
    """A step of the funnel."""

    label: str
    count: int
    of: int
    """What 100 % of the bar is."""
    before: int | None
    """The step that its percentage refers to."""


@dataclass(frozen=True)
class Redeemed:
    """Codes of this distribution that were used, and what the orders came to."""

    codes: int
    minor: int
    currency: str


_REDEEMED = text("""
    SELECT count(*), coalesce(sum(v.redeemed_minor), 0) FROM vouchers v JOIN publications p ON p.voucher_id = v.id
    WHERE v.campaign_id = :campaign AND v.redeemed > 0 AND p.distribution_id = :distribution
""")


def redeemed(session: Session, row: Distribution, plan: Plan | None) -> Redeemed | None:
    """None where it gives no codes."""
    if plan is None or plan.campaign_id is None or plan.code != "pool":
        return None
    codes, minor = session.execute(_REDEEMED, {"campaign": plan.campaign_id, "distribution": row.id}).one()
    currency = session.execute(text("SELECT currency FROM campaigns WHERE id = :id"), {"id": plan.campaign_id}).scalar_one()
    return Redeemed(int(codes), int(minor), currency)


def funnel(session: Session, row: Distribution, used: Redeemed | None, receipts: bool) -> list[Bar]:
    """From everybody it was about to those who used their code. Without receipts nobody knows more than that it was accepted."""
    sums = Sums(session, row.id)
    everybody = sums.people("pending", "ready", "served", "failed", "skipped")
    allowed = everybody - sums.people("skipped")
    sent = sums.messages("sent")
    steps = [("Woken" if row.live else "In audience", everybody), ("Allowed", allowed), ("Sent", sent)]
    if receipts:
        steps += [
            ("Delivered", sums.messages("delivered", "complained")),
            ("Opened", sums.messages("opened")),
            ("Clicked", sums.messages("clicked")),
        ]
    if used is not None:
        steps.append(("Redeemed", used.codes))
    top = max((count for _, count in steps), default=0)
    befores = [None, *(count for _, count in steps)]
    return [Bar(label, count, top, before) for (label, count), before in zip(steps, befores, strict=False)]


@dataclass(frozen=True)
class ChannelSums:
    """One channel of the report."""

    key: str
    sent: int
    delivered: int
    refused: int
    bounced: int
    skipped: int
    unsure: int
    opened: int
    waiting: int


def by_channel(session: Session, row: Distribution) -> list[ChannelSums]:
    """Each channel by itself."""
    sums = Sums(session, row.id)
    keys = sorted({t.channel for t in sums.rows if t.channel})
    return [
        ChannelSums(
            key,
            sums.messages("sent", channel=key),
            sums.messages("delivered", "complained", channel=key),
            sums.messages("refused", channel=key),
            sums.messages("bounced", channel=key),
            sums.messages("skipped", channel=key),
            sums.messages("unsure", channel=key),
            sums.messages("opened", channel=key),
            sums.messages("pending", "ready", "leased", "open", "polling", channel=key),
        )
        for key in keys
    ]


@dataclass(frozen=True)
class TimeSlot:
    """A bar of the time line: from `at` on, so many messages."""

    at: datetime.datetime
    sent: int
    opened: int


BARS = 60
_STEPS = (60, 300, 900, 3600, 6 * 3600, 86400, 7 * 86400)


def timeline(session: Session, row: Distribution) -> Sequence[TimeSlot]:
    """Messages over time, in at most 60 bars of one length."""
    told = tallies.by_minute(session, row.id, ["sent", "opened"])
    if not told:
        return []
    first, last = told[0][0], told[-1][0]
    span = (last - first).total_seconds()
    step = next((s for s in _STEPS if span / s < BARS), _STEPS[-1])
    sent: dict[int, int] = defaultdict(int)
    opened: dict[int, int] = defaultdict(int)
    for minute, mark, count in told:
        (sent if mark == "sent" else opened)[int((minute - first).total_seconds() // step)] += count
    return [TimeSlot(first + datetime.timedelta(seconds=n * step), sent[n], opened[n]) for n in range(int(span // step) + 1)]
