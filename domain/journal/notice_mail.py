"""Whom do we write to about what needs a person? Every address of the project, once a notice."""

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.journal import outgoing_mail, quarantine
from domain.kernel import clock
from domain.kernel.base import Prefix, outside
from domain.kernel.public_paths import NOTICE
from domain.tables import workspace
from domain.tables.journal import Notice


def write_letters(session: Session) -> int:
    """Turn notices nobody was mailed about into letters to the notice addresses; how many notices. Called by the worker of letters."""
    project = workspace.current_project(session)
    if not project.notice_addresses or not outgoing_mail.possible(session):
        return 0
    waiting = session.scalars(
        select(Notice)
        .where(Notice.emailed_at.is_(None), Notice.resolved_at.is_(None), text(quarantine.whole("notices", "notices.id")))
        .order_by(Notice.id)
        .limit(50)
        .with_for_update(skip_locked=True)
    ).all()

    def write(notice: Notice) -> None:
        notice.emailed_at = clock.now(session)
        here = NOTICE.address(workspace.public_url(project), id=outside(Prefix.NOTICE, notice.id))
        words = f"{notice.title}\n\n{notice.body}\n\nLook at it here: {here}\n"
        for address in project.notice_addresses:
            outgoing_mail.write(session, "notice", address, f"{project.brand or 'Largesse'}: {notice.title}", words)

    quarantine.each(session, "notices", waiting, write, lambda notice: notice.id)
    return len(waiting)
