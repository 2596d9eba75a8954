"""Why did, or didn’t, this customer get it? From what was stored when it was decided; else asked anew, with the value seen at each test."""

import datetime
import uuid
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.connections.configured import Unusable, provider_of
from domain.distributions.audience import exclusions, reasons
from domain.distributions.audience.address import CustomerAddress, address_of
from domain.distributions.plan.plan import Channel, Plan
from domain.insight.reports import fate
from domain.kernel import clock
from domain.tables.connections import Connection
from domain.tables.customers import Customer, Member, Segment
from domain.tables.distributions import Distribution, Version
from domain.tables.sending import Delivery, Recipient
from domain.tables.stored_json import Unreadable

ASKED = {
    "erased": ("Their data are here", "Their data were erased"),
    "outside_rule": ("Inside the campaign’s segment, or it has none", "Outside the segment the campaign is limited to"),
    "holds_one": ("Holds no active code of the campaign", "Holds an active code of the campaign"),
    "had_one": ("Had no code of this campaign before", "Had a code of this campaign, used or expired"),
    "no_email": ("Has an email address", "Has no email address"),
    "no_phone": ("Has a phone number", "Has no phone number"),
    "unsubscribed": ("Did not unsubscribe", "Unsubscribed at this address"),
    "suppressed": ("The address is not suppressed", "The address is on the suppression list"),
    "opted_out": ("The address did not say no to the permission", "The address said no to the permission"),
    "no_permission": ("Gave the permission", "Did not give the permission"),
}
"""Reason -> what is said when it does not hold, and when it does."""


@dataclass(frozen=True)
class TestVerdict:
    """One test: passed or not, and the value that was seen."""

    passed: bool
    words: str
    seen: str = ""


@dataclass(frozen=True)
class ChannelExplanation:
    """The tests of one channel."""

    name: str
    tests: tuple[TestVerdict, ...]

    @property
    def open(self) -> bool:
        """Whether a message could go this way now."""
        return all(test.passed for test in self.tests)


@dataclass(frozen=True)
class Stored:
    """An occasion on which the customer was a recipient, and what became of it."""

    recipient: Recipient
    deliveries: tuple[Delivery, ...]

    @property
    def fate(self) -> str:
        """See `fate.fate`."""
        return fate.fate(self.recipient, self.deliveries)


@dataclass(frozen=True)
class Explanation:
    """The answer, what is stored, and what would be decided now."""

    answer: str
    got: bool
    stored: tuple[Stored, ...] = ()
    audience: TestVerdict | None = None
    segment: Segment | None = None
    whole: tuple[TestVerdict, ...] = ()
    ways: tuple[ChannelExplanation, ...] = field(default=())


def explain(session: Session, row: Distribution, customer: Customer) -> Explanation:
    """The whole answer for one customer."""
    version = session.get(Version, (row.id, row.version))
    if version is None:
        return Explanation("It was never launched, so nobody got it.", got=False)
    stored = _stored(session, row.id, customer.id)
    try:
        plan = Plan.from_json(version.plan)
    except Unreadable as why:
        return Explanation(_of_stored(stored[0]) if stored else str(why), got=False, stored=stored)
    segment = session.get(Segment, plan.segment_id) if plan.segment_id else None
    audience = _audience(session, plan, segment, customer)
    whole, ways = _asked_now(session, plan, customer)
    got = any(one.fate in {fate.GOT, fate.UNSURE} for one in stored)
    return Explanation(_answer(row, stored, audience, whole, ways), got, stored, audience, segment, whole, ways)


def _stored(session: Session, distribution_id: uuid.UUID, customer_id: uuid.UUID) -> tuple[Stored, ...]:
    found = session.scalars(
        select(Recipient)
        .where(Recipient.customer_id == customer_id, Recipient.distribution_id == distribution_id)
        .order_by(Recipient.id.desc())
        .limit(20)
    ).all()
    children = session.scalars(select(Delivery).where(Delivery.recipient_id.in_([r.id for r in found])).order_by(Delivery.channel)).all()
    return tuple(Stored(r, tuple(d for d in children if d.recipient_id == r.id)) for r in found)


def _audience(session: Session, plan: Plan, segment: Segment | None, customer: Customer) -> TestVerdict | None:
    if plan.customer_id is not None:
        mine = plan.customer_id == customer.id
        return TestVerdict(mine, "Is the one customer it is for" if mine else "It is for one other customer")
    if segment is None:
        return None
    member = session.get(Member, (segment.id, customer.id))
    if member is None:
        return TestVerdict(False, f"Not in “{segment.name}” now")
    return TestVerdict(True, f"In “{segment.name}”", f"since {_day(member.entered_at)}")


def _day(at: datetime.datetime) -> str:
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def _asked_now(session: Session, plan: Plan, customer: Customer) -> tuple[tuple[TestVerdict, ...], tuple[ChannelExplanation, ...]]:
    bound = exclusions.values(plan, clock.now(session)) | {"customer": customer.id}
    whole = _ask(session, exclusions.recipient_tests(plan, recipient=False), bound, customer)
    ways = []
    for channel in plan.channels:
        who, name = _whom(session, channel)
        tests = (
            _ask(session, exclusions.channel_tests(plan, channel, who), bound, customer)
            if who
            else (TestVerdict(False, "The connection is gone"),)
        )
        ways.append(ChannelExplanation(name, tests))
    return whole, tuple(ways)


def _whom(session: Session, channel: Channel) -> tuple[CustomerAddress | None, str]:
    connection = session.get(Connection, channel.connection_id)
    if connection is None:
        return None, channel.key
    try:
        mode = provider_of(connection).mode(channel.mode)
    except (Unusable, KeyError):
        return None, connection.name
    return address_of(connection, mode), f"{connection.name}, {mode.label or mode.channel}"


def _ask(session: Session, tests: list[exclusions.Test], bound: dict[str, Any], customer: Customer) -> tuple[TestVerdict, ...]:
    if not tests:
        return ()
    columns = ", ".join(f"({test.sql}) IS TRUE AS t{n}" for n, test in enumerate(tests))
    sql = f"SELECT {columns} FROM customers c WHERE c.id = :customer"
    row = session.execute(text(sql), {name: value for name, value in bound.items() if f":{name}" in sql}).one()
    return tuple(_one(test.reason, holds, customer) for test, holds in zip(tests, row, strict=True))


def _one(reason: str, holds: bool, customer: Customer) -> TestVerdict:
    good, bad = ASKED.get(reason, (f"Not {reasons.words(reason)}", reasons.words(reason)))
    if reason.startswith(reasons.NO_ID):
        platform = reason.removeprefix(reasons.NO_ID)
        good, bad = f"Has an id for {platform}", f"Has no id for {platform}"
    seen = {"no_email": customer.email or "nothing", "no_phone": customer.phone or "nothing"}
    return TestVerdict(not holds, bad if holds else good, seen.get(reason, ""))


def _answer(
    row: Distribution,
    stored: tuple[Stored, ...],
    audience: TestVerdict | None,
    whole: tuple[TestVerdict, ...],
    ways: tuple[ChannelExplanation, ...],
) -> str:
    if stored:
        return _of_stored(stored[0])
    if audience is not None and not audience.passed:
        return f"They did not get it: {_low(audience.words)}."
    for test in whole:
        if not test.passed:
            return f"They were never a recipient, and would be left out now: {_low(test.words)}."
    if ways and not any(way.open for way in ways):
        first = next(test for test in ways[0].tests if not test.passed)
        return f"They were never a recipient, and would be left out now: {_low(first.words)}."
    if row.live:
        return "What it waits for did not happen to them since it went live. If it happens, they get it."
    return "They were not in the audience when it was sent." if row.fanned_out_at else "It was not sent yet; they would get it."


def _of_stored(one: Stored) -> str:
    reason = reasons.words(one.recipient.reason)
    match one.fate:
        case fate.GOT:
            return "They got it."
        case fate.UNSURE:
            return "It was sent, but nobody knows whether the provider took it."
        case fate.RETURNED:
            bounced = fate.returned(one.deliveries)
            why = reasons.words(bounced.reason) if bounced and bounced.reason else ""
            return f"It was sent, and came back{': ' if why else ''}{why}."
        case "failed":
            return f"They did not get it: {reason or 'the provider refused it'}."
        case "skipped":
            return f"They were left out: {reason}."
        case _:
            return "It is on its way to them."


def _low(words: str) -> str:
    return words[:1].lower() + words[1:]
