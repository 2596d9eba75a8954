"""How often did it happen lately? For whoever is about to wait for it."""

import datetime

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.kernel.base import first_id
from domain.triggers.contract import Choices, Trigger

DAYS = 30
PATIENCE = "1000"
"""Milliseconds after which counting stops: no number is better than a page that waits."""

CANCELLED = "57014"
"""What PostgreSQL says of a statement that took too long."""

_COUNT = """
    SELECT count(*) FROM (
        SELECT subject_id FROM events WHERE id > :first AND at > :since AND kind = :kind AND kind <> 'customer.publication.succeeded'
        UNION ALL
        SELECT campaign_id FROM publications
        WHERE id > :first AND created_at > :since AND :kind = 'customer.publication.succeeded') AS happened
"""
"""A publication is an event only while somebody waits for it, so publications themselves are counted."""
_ABOUT = text(f"{_COUNT} WHERE subject_id = :subject")
_ANY = text(_COUNT)


def how_often(session: Session, trigger: Trigger, chosen: Choices) -> int | None:
    """Events of the last thirty days that would have woken it. None: it waits for none, nothing is chosen yet, counting takes long,
    or its own settings decide which are heard.
    """
    about = trigger.subject(chosen)
    if trigger.wakes is None or (about is None and trigger.particular):
        return None
    since = clock.now(session) - datetime.timedelta(days=DAYS)
    if trigger.lately is not None:
        return trigger.lately(session, chosen, since)
    if trigger.fields:
        return None  # which of its events are heard depends on them
    bound = {"kind": str(trigger.wakes), "since": since, "first": first_id(since)} | ({"subject": about.id} if about else {})
    before = session.scalar(text("SHOW statement_timeout"))
    try:
        with session.begin_nested():
            session.execute(text("SELECT set_config('statement_timeout', :ms, true)"), {"ms": PATIENCE})
            count = session.execute(_ABOUT if about else _ANY, bound).scalar_one()
            session.execute(text("SELECT set_config('statement_timeout', :before, true)"), {"before": before})
    except OperationalError as slow:
        if getattr(slow.orig, "sqlstate", "") != CANCELLED:
            raise
        return None
    return int(count)
