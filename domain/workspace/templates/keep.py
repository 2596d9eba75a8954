"""Save a mail or a block as a template, with versions; rename, duplicate, go back and delete."""

import uuid
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.journal import audit
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, folded, outside
from domain.kernel.errors import Refused
from domain.messages.mail.parts import FORMAT, SOURCES, TEMPLATE
from domain.tables.distributions import MailTemplate, MailTemplateVersion

LONGEST_NAME = 120
LONGEST_NOTE = 200
KEPT = (SOURCES - {TEMPLATE}) | {"subject", "preheader", "html", "text"}
"""The parts of a message that a template holds. Who it comes from belongs to the channel."""
MAIL, SECTION = "mail", "section"
GONE = "This template is gone. Choose another one."
WHAT = {MAIL: "template", SECTION: "section"}


def create(session: Session, actor: Actor, kind: str, name: str, parts: Mapping[str, str], note: str = "") -> MailTemplate:
    """Save this as a new template. Raises Refused, by the field `name`, where the name is empty, too long or taken."""
    now, name = clock.now(session), _fitting(name, kind)
    row = MailTemplate(kind=kind, name=name, name_key=folded(name), version=0, created_at=now, updated_at=now, updated_by=actor.name)
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        raise Refused({"name": _taken(name, kind)}) from None
    _add_version(session, actor, row, parts, note)
    audit.record(session, actor, "create template", outside(Prefix.TEMPLATE, row.id), row.name, None, {"name": row.name, "kind": kind})
    return row


def add_version(session: Session, actor: Actor, id: uuid.UUID, parts: Mapping[str, str], note: str = "") -> MailTemplate:
    """Save this as its next version; one that says the same as the latest adds none. Raises Refused."""
    row = locked(session, id)
    if held(parts) != latest(session, row).parts:
        _add_version(session, actor, row, parts, note)
        audit.record(session, actor, "edit template", outside(Prefix.TEMPLATE, id), row.name, None, {"version": row.version})
    return row


def go_back(session: Session, actor: Actor, id: uuid.UUID, number: int) -> MailTemplate:
    """Make an older version the next one: nothing is lost. Raises Refused."""
    row = locked(session, id)
    old = session.get(MailTemplateVersion, (id, number))
    if old is None:
        raise Refused({"": f"There is no version {number} of “{row.name}”."})
    return add_version(session, actor, id, old.parts, f"As version {number}")


def rename(session: Session, actor: Actor, id: uuid.UUID, name: str) -> MailTemplate:
    """Give it another name. Raises Refused, by the field `name`."""
    row = locked(session, id)
    before, name = row.name, _fitting(name, row.kind)
    if name == before:
        return row
    kind = row.kind
    try:
        with session.begin_nested():
            row.name, row.name_key = name, folded(name)
            _touch(session, row, actor)
    except IntegrityError:
        raise Refused({"name": _taken(name, kind)}) from None
    audit.record(session, actor, "rename template", outside(Prefix.TEMPLATE, id), name, {"name": before}, {"name": name})
    return row


def duplicate(session: Session, actor: Actor, id: uuid.UUID) -> MailTemplate:
    """Another one that begins with the latest version of this. Raises Refused."""
    row = locked(session, id)
    return create(
        session, actor, row.kind, free_name(session, row.kind, f"{row.name} copy"), latest(session, row).parts, f"From “{row.name}”"
    )


def delete(session: Session, actor: Actor, id: uuid.UUID) -> str:
    """Delete it with its versions; its name. Mails that were begun with it stay as they are. Raises Refused."""
    row = locked(session, id, to_delete=True)
    audit.record(session, actor, "delete template", outside(Prefix.TEMPLATE, id), row.name, {"name": row.name, "version": row.version})
    session.delete(row)
    session.flush()
    return row.name


def free_name(session: Session, kind: str, wanted: str) -> str:
    """`wanted`, shortened where it must be, or the next one counted up that no template has."""
    base = " ".join(wanted.split())[: LONGEST_NAME - 6].strip() or "Untitled"
    begun = MailTemplate.name_key.startswith(folded(base), autoescape=True)
    taken = set(session.scalars(select(MailTemplate.name_key).where(MailTemplate.kind == kind, begun)))
    return next(one for one in (base, *(f"{base} {n}" for n in range(2, len(taken) + 3))) if folded(one) not in taken)


def held(parts: Mapping[str, str]) -> dict[str, str]:
    """What a template keeps of the parts of a message."""
    return {name: text for name, text in parts.items() if name in KEPT and (text or name == FORMAT)}


def begun(written: Mapping[str, str], row: MailTemplate, version: MailTemplateVersion) -> dict[str, str]:
    """The parts of a message with this version in place of its mail; a subject that somebody wrote stays."""
    kept = {name: text for name, text in written.items() if name not in {*SOURCES, "html", "text"}}
    own = {name: kept[name] for name in ("subject", "preheader") if kept.get(name, "").strip()}
    return {**kept, **version.parts, **own, TEMPLATE: f"{row.id.hex}:{version.version}"}


def locked(session: Session, id: uuid.UUID, to_delete: bool = False) -> MailTemplate:
    """The template with its row locked; unless `to_delete`, versions may be written beside it. Raises Refused where it is gone."""
    row = session.scalars(select(MailTemplate).where(MailTemplate.id == id).with_for_update(key_share=not to_delete)).one_or_none()
    if row is None:
        raise Refused({"": GONE})
    return row


def latest(session: Session, row: MailTemplate) -> MailTemplateVersion:
    """Its latest version."""
    return session.get_one(MailTemplateVersion, (row.id, row.version))


def _add_version(session: Session, actor: Actor, row: MailTemplate, parts: Mapping[str, str], note: str) -> None:
    row.version += 1
    _touch(session, row, actor)
    session.add(
        MailTemplateVersion(
            template_id=row.id, version=row.version, parts=held(parts), note=" ".join(note.split())[:LONGEST_NOTE],
            created_at=clock.now(session), created_by=actor.name,
        )
    )  # fmt: skip
    session.flush()


def _touch(session: Session, row: MailTemplate, actor: Actor) -> None:
    row.row_version = (row.row_version or 0) + 1
    row.updated_at, row.updated_by = clock.now(session), actor.name
    session.flush()


def _fitting(name: str, kind: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Refused({"name": f"Give the {WHAT[kind]} a name."})
    if len(name) > LONGEST_NAME:
        raise Refused({"name": f"A name has at most {LONGEST_NAME} characters; this one has {len(name)}."})
    return name


def _taken(name: str, kind: str) -> str:
    return f"Another {WHAT[kind]} is called “{name}” already. Choose another name."
