"""Prepare a plain batch and open its call: recipients claimed, reasons asked, codes taken, words made, and all of it written at once.

The check before a call is the very one that let the recipients pass, a moment before. What does not fit (too few codes, somebody who was
prepared before, words that fail) undoes the transaction: `NotPlain`, and the careful way takes the same people.
"""

import datetime
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from domain.journal import changed_facts
from domain.kernel.base import new_id
from domain.messages.message import options
from domain.sending.calls.provider_call import Call
from domain.sending.plain.person import NotPlain, Person
from domain.sending.plain.usual import Usual
from domain.sending.plain.words import messages_of
from domain.sending.plain.write import row_of, write
from domain.sending.prepare.leases import Item, Lease
from integrations.contract import Batch


@dataclass(frozen=True)
class PlainCall:
    """Deliveries that are open now, their messages ready for the provider."""

    id: uuid.UUID
    usual: Usual
    at: int
    batch: Batch
    people: tuple[tuple[str, str, str, str], ...]
    """Delivery, recipient, customer and link of each message, in their order."""

    def lease(self) -> Lease:
        """The lease as the careful way knows it: open, and not called yet."""
        return Lease(self.id, self.usual.way, "bulk", "open", list(self.careful().items))

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
    messages, slots = messages_of(session, kept, going, codes, now)
    left = [p for p in people if p.why is not None]
    rows = [row_of(p.id, p.delivery, code, None, None, p.address, said) for p, (code, _), said in zip(going, codes, slots, strict=True)]
    rows += [row_of(p.id, p.delivery, None, p.why, p.said, p.address, "null") for p in left]
    write(session, kept, made, rows, len(going), now)
    if left:
        changed_facts.delivered(session, [uuid.UUID(p.id) for p in left])
    if not going:
        return None
    batch = Batch(messages, kept.way.template, kept.receipts_url, options(kept.way.mode, kept.way.channel.parts))
    named = tuple((p.delivery, p.id, p.customer, m.unsubscribe_url) for p, m in zip(going, messages, strict=True))
    return PlainCall(made, kept, int(now.timestamp()), batch, named)


def _asked(session: Session, kept: Usual, ids: Sequence[str], now: datetime.datetime) -> list[Person]:
    rows = session.execute(kept.people, kept.about.values(now) | {"ids": f"{{{','.join(ids)}}}"}).all()
    return _once_each([_person(row) for row in rows])


def _person(row: Row[Any]) -> Person:
    id, customer, delivery, why, closed, address, email, phone, *columns = tuple(row)
    closed = "erased" if why == "erased" else closed
    return Person(id, customer, delivery, why or closed, closed or why, address, email, phone, columns)


def _once_each(people: list[Person]) -> list[Person]:
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
    after = _came_to.get(campaign, str(uuid.UUID(int=0)))
    rows = session.execute(_FREE, {"campaign": campaign, "after": after, "wanted": wanted}).all() if wanted else []
    if len(rows) < wanted:
        _came_to.pop(campaign, None)  # some may have been given back behind us
        raise NotPlain("too few codes")
    if rows:
        _came_to[campaign] = rows[-1][0]
    return [(id, code) for id, code in rows]
