"""How is one code given to one customer at once, for a page, a call of the API or a pull? The same question gets the same code."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from domain.incentives.ledger.after_publication import EXPIRES, record_publications
from domain.incentives.ledger.claim import CodeSource, claim
from domain.incentives.ledger.reserve import TRIES, held_by, is_clash
from domain.incentives.ledger.source import source as source_of
from domain.kernel import clock


@dataclass(frozen=True)
class Published:
    """The code this customer has. `again`: it was given before."""

    publication_id: uuid.UUID
    voucher_id: uuid.UUID
    code: str
    again: bool


class NotPublished(Exception):
    """No code was given. `reason` is `closed`, `had_one`, `dry` or, of a code that was named, `taken`, `withdrawn` or `other_code`.

    The text is for a person.
    """

    def __init__(self, reason: str, words: str) -> None:
        super().__init__(words)
        self.reason = reason


_FOUND = "SELECT p.id, v.id AS voucher_id, v.code FROM publications p JOIN vouchers v ON v.id = p.voucher_id"
_BY_SOURCE = text(f"{_FOUND} WHERE p.campaign_id = :campaign AND p.customer_id = :customer AND p.source_id = :source")
_BY_VOUCHER = text(f"{_FOUND} WHERE p.voucher_id = :voucher AND p.customer_id = :customer")
_LOCK = text("SELECT state, customer_id FROM vouchers WHERE id = :voucher FOR UPDATE")
_PUBLISH = text(f"""
    WITH was AS MATERIALIZED (
        SELECT v.id, v.state, {EXPIRES} AS expires_at FROM vouchers v JOIN campaigns c ON c.id = v.campaign_id
        WHERE v.id = :voucher AND (v.state = 'free' OR v.state = 'reserved' AND v.customer_id = :customer) FOR UPDATE OF v),
    taken AS (
        UPDATE vouchers SET state = 'assigned', is_free = false, customer_id = :customer, assigned_at = :now, expires_at = was.expires_at,
            once = vouchers.once OR :once
        FROM was WHERE vouchers.id = was.id RETURNING vouchers.id, vouchers.code, vouchers.once),
    published AS (
        INSERT INTO publications (id, campaign_id, voucher_id, customer_id, source_id, channel, once, metadata, created_at)
        SELECT largesse_uuid7(), :campaign, id, :customer, :source, :channel, once, :metadata, :now FROM taken
        RETURNING id, voucher_id),
    counted AS (
        INSERT INTO pool_deltas (campaign_id, state, delta)
        SELECT :campaign, state, -1 FROM was UNION ALL SELECT :campaign, 'assigned', 1 FROM was)
    SELECT published.id, voucher_id, taken.code FROM published, taken
""").bindparams(bindparam("metadata", type_=JSONB))


def publish(
    session: Session,
    campaign_id: uuid.UUID,
    customer_id: uuid.UUID,
    source_id: str | None = None,
    channel: str = "API",
    metadata: dict[str, Any] | None = None,
    voucher_id: uuid.UUID | None = None,
) -> Published:
    """Give this customer a code of the campaign: this very one where `voucher_id` names one. Raises NotPublished.

    The same (campaign, customer, `source_id`) always returns the same publication, and so does a named code that is theirs already; a
    campaign that is joined once returns the usable code the customer holds, and makes one that is reserved for it its own.
    """
    source = source_of(session, campaign_id)
    values = {"campaign": campaign_id, "customer": customer_id, "source": source_id, "channel": channel, "metadata": metadata or {}}
    values |= {"voucher": voucher_id}
    for attempt in range(TRIES):
        point = session.begin_nested()
        try:
            done = _publish(session, source, values)
        except (IntegrityError, OperationalError) as clash:
            point.rollback()
            if attempt + 1 == TRIES or not is_clash(clash):
                raise
        else:
            point.commit()
            return done
    raise AssertionError("unreachable")


def _publish(session: Session, source: CodeSource, values: dict[str, Any]) -> Published:
    if (before := _asked_before(session, values)) is not None:
        return before
    if source.closed:
        raise NotPublished("closed", source.closed)
    held = _own(session, source, values["customer"]) if source.join_once else None
    if values["voucher"] is not None:
        if held not in {None, values["voucher"]}:
            raise NotPublished("had_one", "This customer has another code of this campaign, and the campaign can be joined only once.")
        voucher_id, before = values["voucher"], _named(session, values)
    elif held is not None:
        voucher_id, before = held, _found(session, _BY_VOUCHER, values | {"voucher": held})
    else:
        voucher_id = _claimed(session, source)
    if before is not None:
        return before
    row = session.execute(_PUBLISH, values | {"voucher": voucher_id, "once": source.join_once, "now": clock.now(session)}).one()
    record_publications(session, [row.id])
    return Published(row.id, row.voucher_id, row.code, again=False)


def _asked_before(session: Session, values: dict[str, Any]) -> Published | None:
    """What this very question got before: by its `source_id`, or because the code it names is theirs."""
    before = _found(session, _BY_SOURCE, values) if values["source"] is not None else None
    if before is not None and values["voucher"] not in {None, before.voucher_id}:
        raise NotPublished("other_code", "This customer got another code of the campaign for this source_id.")
    if before is None and values["voucher"] is not None:
        return _found(session, _BY_VOUCHER, values)
    return before


def _named(session: Session, values: dict[str, Any]) -> Published | None:
    """Lock the code that is named; what was published of it where this customer got it meanwhile, None where it can be given."""
    code = session.execute(_LOCK, values).one()
    if code.state == "void":
        raise NotPublished("withdrawn", "This code was withdrawn.")
    theirs = _found(session, _BY_VOUCHER, values) if code.state == "assigned" else None
    if code.customer_id not in {None, values["customer"]} or (code.state == "assigned" and theirs is None):
        raise NotPublished("taken", "This code belongs to another customer.")
    return theirs


def _claimed(session: Session, source: CodeSource) -> uuid.UUID:
    claimed = claim(session, source, 1)
    if not claimed.codes:
        raise NotPublished("dry", claimed.dry)
    return claimed.codes[0]


def _own(session: Session, source: CodeSource, customer_id: uuid.UUID) -> uuid.UUID | None:
    """The usable code that the customer holds, or that is reserved for it."""
    held = held_by(session, source, [customer_id]).get(customer_id)
    if held is None:
        return None
    if not held.usable:
        raise NotPublished("had_one", "This customer had a code of this campaign already, and the campaign can be joined only once.")
    return held.voucher_id


def _found(session: Session, query: TextClause, values: dict[str, Any]) -> Published | None:
    row = session.execute(query, values).one_or_none()
    return None if row is None else Published(row.id, row.voucher_id, row.code, again=True)
