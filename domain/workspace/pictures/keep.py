"""Take a picture in, find it again, and know which mails that were launched name it."""

import hashlib
import secrets
from collections.abc import Iterable
from pathlib import PurePath

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.journal import audit
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.kernel.errors import Refused
from domain.messages.pictures import addresses
from domain.messages.pictures.reencode import PictureRefused
from domain.messages.trial.pictures import reencoded
from domain.tables.distributions import MailPicture
from domain.tables.workspace import current_project, public_url

SHOWN = 12
"""Pictures that the editor offers again."""


def keep(session: Session, actor: Actor, data: bytes, name: str) -> MailPicture:
    """Keep this picture, made anew from its pixels; the same one twice is kept once. Raises Refused, by the field `picture`."""
    if not data:
        raise Refused({"picture": "Choose a picture first."})
    try:
        made = reencoded(data)
    except PictureRefused as wrong:
        raise Refused({"picture": str(wrong)}) from wrong
    digest = hashlib.sha256(made.body).hexdigest()
    known = session.scalars(select(MailPicture).where(MailPicture.digest == digest).with_for_update()).one_or_none()
    if known is not None:
        known.unused_since = None
        return known
    picture = MailPicture(
        word=secrets.token_hex(16), digest=digest, name=_named(name), type=made.type, body=made.body, size=len(made.body),
        width=made.width, height=made.height, frames=made.frames, created_by=actor.name, created_at=clock.now(session),
    )  # fmt: skip
    session.add(picture)
    session.flush()
    about = {"type": made.type, "bytes": picture.size, "width": made.width, "height": made.height}
    audit.record(session, actor, "upload picture", outside(Prefix.PICTURE, picture.id), picture.name, after=about)
    return picture


def _named(name: str) -> str:
    printable = "".join(letter for letter in PurePath(name.replace("\\", "/")).name if letter.isprintable())
    return printable[:200] or "picture"


def address(session: Session, picture: MailPicture) -> str:
    """Where people see it."""
    return addresses.address(public_url(current_project(session)), picture.word, picture.type)


def by_word(session: Session, word: str) -> MailPicture | None:
    """The picture with this word."""
    return session.scalars(select(MailPicture).where(MailPicture.word == word)).one_or_none()


def latest(session: Session) -> list[MailPicture]:
    """What was uploaded last, the newest first."""
    return list(session.scalars(select(MailPicture).order_by(MailPicture.id.desc()).limit(SHOWN)))


def sizes(session: Session, words: Iterable[str]) -> dict[str, int]:
    """Word -> bytes of that picture, for those that are ours."""
    found = session.execute(select(MailPicture.word, MailPicture.size).where(MailPicture.word.in_(sorted(words))))
    return {one.word: one.size for one in found}


def launched(session: Session, texts: Iterable[str]) -> None:
    """Keep the pictures that these texts of a launched mail name for ever: mails are opened years later."""
    if words := addresses.words(*texts):
        session.execute(
            update(MailPicture).where(MailPicture.word.in_(sorted(words)), ~MailPicture.launched).values(launched=True, unused_since=None)
        )
