"""How does somebody without a password get in? By a one-time link: an invitation or a reset, good once and for a time."""

import datetime
import secrets as random

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.journal import outgoing_mail
from domain.kernel import clock
from domain.kernel.public_paths import WELCOME
from domain.kernel.secrets import digest
from domain.tables import workspace
from domain.tables.workspace import OneTimeLink, User

GOOD_FOR = {"invite": datetime.timedelta(days=7), "reset": datetime.timedelta(hours=24)}
FOR_HOW_LONG = {"invite": "7 days", "reset": "24 hours"}


def make(session: Session, user: User, purpose: str) -> str:
    """The address of a new link; older ones of this person stop working."""
    now = clock.now(session)
    session.execute(update(OneTimeLink).where(OneTimeLink.user_id == user.id, OneTimeLink.used_at.is_(None)).values(used_at=now))
    word = random.token_urlsafe(24)
    session.add(OneTimeLink(user_id=user.id, purpose=purpose, word=digest(word), expires_at=now + GOOD_FOR[purpose], created_at=now))
    session.flush()
    return WELCOME.address(workspace.public_url(workspace.current_project(session)), word=word)


def send(session: Session, user: User, purpose: str, link: str, by: str = "") -> bool:
    """Mail the link where account mail can be sent; False: show it to whoever asked for it, once."""
    if not outgoing_mail.possible(session):
        return False
    brand = workspace.current_project(session).brand or "Largesse"
    if purpose == "invite":
        subject, first = f"{by or brand} invites you to Largesse", f"{by or 'Somebody'} invites you to work with {brand} in Largesse."
    else:
        subject, first = "A new password for Largesse", "With this link you choose a new password."
    text = f"Hello {user.name},\n\n{first}\n\n{link}\n\nIt is good once, for {FOR_HOW_LONG[purpose]}. Did you not expect it? Do nothing.\n"
    outgoing_mail.write(session, purpose, user.email, subject, text)
    return True


def link_of(session: Session, word: str, lock: bool = False) -> tuple[User, OneTimeLink] | None:
    """Whose link this is; None where it was used, is too old, or the person was deactivated."""
    query = (
        select(User, OneTimeLink)
        .join(OneTimeLink, OneTimeLink.user_id == User.id)
        .where(
            OneTimeLink.word == digest(word),
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > clock.now(session),
            User.deactivated_at.is_(None),
        )
    )
    row = session.execute(query.with_for_update(key_share=True) if lock else query).one_or_none()
    return None if row is None else (row[0], row[1])
