"""What follows from a publication? An event where a live distribution waits for it, segments that may change, and what its kind adds."""

import datetime
import uuid
from collections.abc import Collection, Sequence
from itertools import groupby

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from domain.incentives.campaigns.kinds.catalogue import campaign_kinds
from domain.journal import waited_for
from domain.journal.changed_facts import is_read, mark
from domain.journal.events import EventKind, record_from
from domain.kernel.base import array, first_id

HOLDS = ("voucher",)
"""The facts of a customer that change when a code is given, used or withdrawn."""

EXPIRES = """
    CASE WHEN c.valid_days IS NULL THEN c.ends_at
         ELSE least(c.ends_at, greatest(CAST(:now AS timestamptz), c.starts_at) + make_interval(days => c.valid_days)) END
"""
"""When a code given now stops being valid: its own days, counted from the campaign's start at the earliest, within the campaign's."""

_HAPPENED = """
    SELECT p.customer_id, p.campaign_id AS subject_id, coalesce(r.depth + 1, 0) AS depth,
           jsonb_strip_nulls(jsonb_build_object('publication_id', p.id, 'voucher_id', p.voucher_id, 'campaign_id', p.campaign_id,
               'distribution_id', p.distribution_id, 'recipient_id', p.recipient_id, 'channel', p.channel)) AS facts
    FROM publications p LEFT JOIN recipients r ON r.id = p.recipient_id WHERE p.id = ANY(CAST(:publications AS uuid[]))
"""
_OF_KIND = text("""
    SELECT p.id FROM publications p JOIN campaigns c ON c.id = p.campaign_id
    WHERE p.id = ANY(CAST(:publications AS uuid[])) AND c.kind = :kind ORDER BY p.id
""")
_DEPTHS = text(f"SELECT customer_id, depth FROM ({_HAPPENED}) AS happened ORDER BY depth")


_SINCE = text("SELECT id FROM publications WHERE id > :first AND created_at >= :since AND campaign_id = :campaign ORDER BY id")


def record_publications(session: Session, publications: Sequence[uuid.UUID], campaigns: Collection[uuid.UUID]) -> None:
    """Record the event of each of these new publications of `campaigns`, where somebody waits for it, and mark their customers.

    Its subject is the campaign, its facts are ids: the code itself stays in the ledger. An event stands one deeper than its recipient.
    """
    values = {"publications": array(publications)}
    if waited_for.anybody(session, EventKind.PUBLISHED, campaigns):
        record_from(session, _HAPPENED, values, EventKind.PUBLISHED)
    for kind in campaign_kinds():
        if kind.published is not None and (of_kind := session.scalars(_OF_KIND, values | {"kind": kind.key}).all()):
            kind.published(session, of_kind)
    if not is_read(session, HOLDS):
        return
    rows: Sequence[Row[tuple[uuid.UUID, int]]] = session.execute(_DEPTHS, values).all()
    for depth, of_depth in groupby(rows, key=lambda row: row.depth):
        mark(session, [row.customer_id for row in of_depth], HOLDS, depth=depth)


def record_since(session: Session, campaign: uuid.UUID, since: datetime.datetime) -> None:
    """Somebody waits for this campaign's publications since this moment: record those that were made while nobody was seen to wait."""
    values = {"first": first_id(since), "since": since, "campaign": campaign}
    if made := session.scalars(_SINCE, values).all():
        record_from(session, _HAPPENED, {"publications": array(made)}, EventKind.PUBLISHED)
