"""Prepare a plain batch and open its call: recipients claimed, reasons asked, codes taken, words made, and all of it written at once.

The check before a call is the very one that let the recipients pass, a moment before. What does not fit (too few codes, somebody who was
prepared before, words that fail) undoes the transaction: `NotPlain`, and the careful way takes the same people.
"""

import datetime
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from domain.customers.consents.links import preferences_url, unsubscribe_url
from domain.distributions.audience import exclusions
from domain.distributions.preview import values as facts
from domain.journal import changed_facts
from domain.kernel.base import Prefix, new_id, outside
from domain.messages.message import options
from domain.messages.places import TemplateError
from domain.sending.calls.provider_call import Call, Parts
from domain.sending.plain.usual import Usual
from domain.sending.prepare.leases import LEASE, Item
from domain.sending.states import tallies
from integrations.contract import Batch, Message


class NotPlain(Exception):
    """Something is not as usual: nothing was written. Args: what."""


class WordsFail(NotPlain):
    """A message cannot be made for somebody; trying the same words again costs as much again."""


@dataclass(frozen=True)
class PlainCall:
    """Deliveries that are open now, their messages ready for the provider."""

    id: uuid.UUID
    usual: Usual
    at: int
    batch: Batch
    people: tuple[tuple[str, str, str, str], ...]
    """Delivery, recipient, customer and link of each message, in their order."""

    def careful(self) -> Call:
        """The same call as the careful way knows it, for what was answered otherwise than with yes."""
        items = tuple(
            Item(uuid.UUID(d), uuid.UUID(r), uuid.UUID(c), m.address, m.slots, link, m.email, m.phone)
            for (d, r, c, link), m in zip(self.people, self.batch.messages, strict=True)
        )
        about = self.usual.about
        live = about.plan.chosen_trigger.live
        return Call(self.id, about.distribution_id, live, self.usual.way, self.usual.settings, items, self.at, self.usual.receipts_url)


_CLAIM = text("""
    SELECT CAST(id AS text) AS id, version, prepared > 0 OR voucher_id IS NOT NULL OR facts IS NOT NULL AS unusual FROM recipients
    WHERE distribution_id = :distribution AND lane = 'bulk' AND waits AND id > :after ORDER BY recipients.id LIMIT :limit
    FOR UPDATE SKIP LOCKED
""")


def claim(session: Session, kept: Usual, after: uuid.UUID, limit: int) -> list[str]:
    """Lock up to `limit` waiting recipients past `after`. Raises NotPlain where there is none, or one that is not plain."""
    asked = {"distribution": kept.about.distribution_id, "after": after, "limit": limit}
    rows = session.execute(_CLAIM, asked).all()
    if not rows:
        raise NotPlain("nobody waits")
    if any(unusual or version != kept.about.version for _, version, unusual in rows):
        raise NotPlain("somebody was prepared before")
    return [row[0] for row in rows]


def prepare(session: Session, kept: Usual, ids: Sequence[str], now: datetime.datetime) -> PlainCall | None:
    """Decide about these and write it down; the call with those who passed, or None where nobody did. Raises NotPlain."""
    people = _asked(session, kept, ids, now)
    going = [p for p in people if p.why is None]
    codes = _codes(session, kept.campaign, len(going)) if kept.campaign is not None else [(None, "")] * len(going)
    made = new_id()
    messages, slots = _messages(session, kept, going, codes, now)
    left = [p for p in people if p.why is not None]
    rows = [_row(p.id, p.delivery, code, None, None, p.address, said) for p, (code, _), said in zip(going, codes, slots, strict=True)]
    rows += [_row(p.id, p.delivery, None, p.why, p.said, p.address, "null") for p in left]
    _write(session, kept, made, rows, len(going), now)
    if left:
        changed_facts.delivered(session, [uuid.UUID(p.id) for p in left])
    if not going:
        return None
    batch = Batch(messages, kept.way.template, kept.receipts_url, options(kept.way.mode, kept.way.channel.parts))
    named = tuple((p.delivery, p.id, p.customer, m.unsubscribe_url) for p, m in zip(going, messages, strict=True))
    return PlainCall(made, kept, int(now.timestamp()), batch, named)


@dataclass(slots=True)
class _Person:
    """Somebody who was claimed. `why`: the reason that leaves them out, and `said`: the one of their delivery."""

    id: str
    customer: str
    delivery: str
    why: str | None
    said: str | None
    address: str
    email: str
    phone: str
    columns: Sequence[str]


def _asked(session: Session, kept: Usual, ids: Sequence[str], now: datetime.datetime) -> list[_Person]:
    about, way = kept.about, kept.way
    columns = "".join(f", coalesce(c.{name}, '')" for name in kept.columns)
    rows = session.execute(
        text(f"""
            SELECT CAST(r.id AS text), CAST(r.customer_id AS text), CAST(largesse_uuid7() AS text),
                {exclusions.first_reason_sql(about.tests)}, {exclusions.first_reason_sql(way.tests)}, {way.address},
                coalesce(c.email, ''), coalesce(c.phone, ''){columns}
            FROM recipients r LEFT JOIN customers c ON c.id = r.customer_id
            WHERE r.id = ANY(CAST(:ids AS uuid[])) ORDER BY r.id
        """),
        about.values(now) | {"ids": f"{{{','.join(ids)}}}"},
    ).all()
    return _once_each([_person(row) for row in rows])


def _person(row: Row[Any]) -> _Person:
    id, customer, delivery, why, closed, address, email, phone, *columns = tuple(row)
    closed = "erased" if why == "erased" else closed
    return _Person(id, customer, delivery, why or closed, closed or why, address, email, phone, columns)


def _once_each(people: list[_Person]) -> list[_Person]:
    """Of two customers with one address in one call, the second is left out."""
    seen: dict[str, str] = {}
    for person in people:
        address = person.address.lower()
        if person.why is None and address and seen.setdefault(address, person.customer) != person.customer:
            person.why = person.said = "same_address"
    return people


_FREE = text("""
    SELECT CAST(id AS text), code FROM vouchers
    WHERE campaign_id = :campaign AND is_free AND id > :after ORDER BY vouchers.id LIMIT :wanted FOR UPDATE SKIP LOCKED
""")
_came_to: dict[uuid.UUID, str] = {}
"""Up to which code this process took them, by campaign: a hint that keeps off the dead entries at the head of the index."""


def _codes(session: Session, campaign: uuid.UUID, wanted: int) -> list[tuple[str | None, str]]:
    """So many free codes, locked. Raises NotPlain where there seem to be fewer: the careful way asks once more, under a lock."""
    after = _came_to.pop(campaign, str(uuid.UUID(int=0)))
    rows = session.execute(_FREE, {"campaign": campaign, "after": after, "wanted": wanted}).all() if wanted else []
    if len(rows) < wanted:
        raise NotPlain("too few codes")
    if rows:
        _came_to[campaign] = rows[-1][0]
    return [(id, code) for id, code in rows]


def _messages(
    session: Session, kept: Usual, going: Sequence[_Person], codes: Sequence[tuple[str | None, str]], now: datetime.datetime
) -> tuple[tuple[Message, ...], list[str]]:
    """What the provider is given, and the slots of each as JSON."""
    public_url, permission = kept.shared.public_url, kept.way.channel.permission_id
    links = [unsubscribe_url(public_url, uuid.UUID(p.customer), permission) for p in going]
    values = _by_row(kept, going, codes, links) if kept.lone else _by_liquid(session, kept, going, codes, now)
    tags = {"distribution": outside(Prefix.DISTRIBUTION, kept.about.distribution_id)}
    at, compiled = int(now.timestamp()), kept.way.message
    messages = tuple(
        Message(
            f"{Prefix.DELIVERY}_{p.delivery.replace('-', '')}", p.address, Parts(compiled, said), said, {},
            f"{Prefix.CUSTOMER}_{p.customer.replace('-', '')}", link, tags, at, p.email, p.phone,
        )
        for p, said, link in zip(going, values, links, strict=True)
    )  # fmt: skip
    if kept.lone:
        return messages, [kept.lone.as_json(said) for said in values]
    return messages, [_as_json(said) for said in values]


def _by_row(kept: Usual, going: Sequence[_Person], codes: Sequence[tuple[str | None, str]], links: Sequence[str]) -> list[dict[str, str]]:
    assert kept.lone is not None
    values, public_url = [], kept.shared.public_url
    for person, (_, code), link in zip(going, codes, links, strict=True):
        preferences = preferences_url(public_url, uuid.UUID(person.customer)) if kept.preferences else ""
        said = kept.lone.of((link, preferences, code, *person.columns))
        if said is None:
            raise NotPlain("somebody's message may be too long")
        values.append(said)
    return values


def _by_liquid(
    session: Session, kept: Usual, going: Sequence[_Person], codes: Sequence[tuple[str | None, str]], now: datetime.datetime
) -> list[dict[str, str]]:
    way, shared = kept.way, facts.at(kept.shared, now)
    wanted = [
        (uuid.UUID(p.id), uuid.UUID(p.customer), uuid.UUID(code) if code else None) for p, (code, _) in zip(going, codes, strict=True)
    ]
    known = facts.values_for_batch(session, shared, wanted, way.channel.permission_id)
    try:
        return [way.message.values(known[id]) for id, _, _ in wanted]
    except TemplateError as why:
        raise WordsFail("somebody's message fails") from why


def _as_json(slots: dict[str, str]) -> str:
    return "{" + ", ".join(f"{encode_basestring(key)}: {encode_basestring(said)}" for key, said in slots.items()) + "}"


def _row(id: str, delivery: str, code: str | None, why: str | None, said: str | None, address: str, slots: str) -> str:
    """One recipient as JSON; ids are ours and need no quoting."""
    voucher, reason, of_delivery = (f'"{text}"' if text else "null" for text in (code, why, said))
    return (
        f'{{"id": "{id}", "delivery": "{delivery}", "voucher": {voucher}, "why": {reason}, "said": {of_delivery}, '
        f'"address": {encode_basestring(address)}, "slots": {slots}}}'
    )


_WRITE = text(f"""
    WITH given AS MATERIALIZED (
        SELECT * FROM json_to_recordset(CAST(:rows AS json))
            AS g (id uuid, delivery uuid, voucher uuid, why text, said text, address text, slots jsonb)),
    made AS (
        UPDATE recipients r SET state = CASE WHEN g.why IS NULL THEN 'ready' ELSE 'skipped' END, reason = coalesce(g.why, ''),
            waits = false, prepared = 1, voucher_id = g.voucher
        FROM given g WHERE r.id = g.id
        RETURNING r.id, r.customer_id, r.created_at, r.state, r.reason, g.delivery, g.voucher, g.said, g.address, g.slots),
    new AS (
        INSERT INTO deliveries (id, recipient_id, distribution_id, customer_id, channel, connection_id, lane, version, state, reason,
            address, slots, attempt_id, ready_at, created_at)
        SELECT delivery, id, :distribution, customer_id, :channel, :connection, 'bulk', :version,
            CASE WHEN said IS NULL THEN 'open' ELSE 'skipped' END, coalesce(said, ''), address, slots,
            CASE WHEN said IS NULL THEN CAST(:call AS uuid) END, :now, created_at FROM made
        RETURNING state, reason),
    held AS (
        UPDATE vouchers v SET state = 'reserved', is_free = false, customer_id = made.customer_id, recipient_id = made.id, once = false
        FROM made WHERE v.id = made.voucher AND v.is_free RETURNING v.id),
    claimed AS (
        INSERT INTO delivery_claims (id, distribution_id, channel, connection_id, lane, state, deliveries, began_at, lease_until,
            repeat_until)
        SELECT :call, :distribution, :channel, :connection, 'bulk', 'open', array_agg(delivery ORDER BY delivery), :now, :until, :repeat
        FROM given WHERE why IS NULL HAVING count(*) > 0),
    counted AS ({
    tallies.insert(
        "SELECT CAST(:distribution AS uuid), '', state, reason, 1 FROM made",
        "SELECT CAST(:distribution AS uuid), '', 'pending', '', -1 FROM made",
        "SELECT CAST(:distribution AS uuid), :channel, state, reason, 1 FROM new",
    )
}),
    pooled AS (
        INSERT INTO pool_deltas (campaign_id, state, delta)
        SELECT :campaign, state, delta FROM (SELECT count(*)::int AS n FROM held) AS all_of_them,
            LATERAL (VALUES ('free', -n), ('reserved', n)) AS change (state, delta) WHERE n > 0)
    SELECT (SELECT count(*) FROM made), (SELECT count(*) FROM new), (SELECT count(*) FROM held)
""")


def _write(session: Session, kept: Usual, call: uuid.UUID, rows: Sequence[str], going: int, now: datetime.datetime) -> None:
    way, safe = kept.way, kept.way.mode.repeat_safe_for
    repeat = None if safe is None else now + datetime.timedelta(seconds=safe or 10 * 365 * 86400)
    wrote = session.execute(
        _WRITE,
        {
            "rows": f"[{','.join(rows)}]", "call": call, "distribution": kept.about.distribution_id, "channel": way.key,
            "connection": way.connection_id, "version": kept.about.version, "campaign": kept.campaign, "now": now, "until": now + LEASE,
            "repeat": repeat,
        },
    ).one()  # fmt: skip
    if tuple(wrote) != (len(rows), len(rows), going if kept.campaign is not None else 0):
        raise NotPlain(f"{len(rows)} were to be written, {wrote} were")
