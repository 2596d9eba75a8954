"""What works in the background, and what has just ended?"""

import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.tables.journal import Job

LATELY = datetime.timedelta(hours=2)


def jobs(session: Session, shown: int = 5) -> list[Job]:
    """Open jobs first, then those that ended in the last two hours. Only the newest jobs are looked at."""
    newest = select(Job.id).order_by(Job.id.desc()).limit(200)
    fresh = or_(Job.ended_at.is_(None), Job.ended_at > clock.now(session) - LATELY)
    query = select(Job).where(or_(Job.state.in_(("queued", "running")), Job.id.in_(newest)), fresh)
    return list(session.scalars(query.order_by(Job.ended_at.is_not(None), Job.id.desc()).limit(shown)))
