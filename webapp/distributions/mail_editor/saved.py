"""How is a mail or a block saved to be used again, and taken out again? The buttons of the editor that are about templates and sections."""

import uuid
from collections.abc import Callable
from dataclasses import replace

from flask import request
from sqlalchemy.orm import Session

from domain.kernel.base import Prefix, inside
from domain.kernel.errors import Refused
from domain.messages.mail import change
from domain.messages.mail.parts import BLOCKS, FORMAT, TEMPLATE, MailFormat, format_of
from domain.messages.mail.tree import Mail, read
from domain.tables.distributions import MailTemplate
from domain.workspace.templates import find, keep
from webapp.access import actor
from webapp.distributions.mail_editor.form import with_mail
from webapp.pages import toast

Parts = dict[str, str]
NAMES = {"save-template": "template-name", "save-section": "section-name"}
"""Verb that saves under a name -> the field in which the name stands, and at which it is told what is wrong with it."""


def did(session: Session, parts: Parts, verb: str, told: str, chosen: str) -> tuple[Parts, str]:
    """The parts after this verb of `VERBS`, and the id of the chosen block. Raises Refused."""
    return VERBS[verb](session, parts, told, chosen)


def used(session: Session, parts: Parts) -> find.FoundTemplate | None:
    """The template that this mail was begun with."""
    head = parts.get(TEMPLATE, "").partition(":")[0]
    return find.one(session, uuid.UUID(hex=head)) if len(head) == 32 else None


def _save_template(session: Session, parts: Parts, told: str, chosen: str) -> tuple[Parts, str]:
    row = keep.create(session, actor(), keep.MAIL, request.form.get(NAMES["save-template"], ""), parts)
    toast(f"“{row.name}” is among your templates now.")
    return {**parts, TEMPLATE: f"{row.id.hex}:{row.version}"}, chosen


def _save_version(session: Session, parts: Parts, told: str, chosen: str) -> tuple[Parts, str]:
    found = used(session, parts)
    if found is None:
        raise Refused({"": keep.GONE})
    row = keep.add_version(session, actor(), found.row.id, parts, request.form.get("template-note", ""))
    toast(f"“{row.name}” is at version {row.version}.")
    return {**parts, TEMPLATE: f"{row.id.hex}:{row.version}"}, chosen


def _begin(session: Session, parts: Parts, told: str, chosen: str) -> tuple[Parts, str]:
    found = _found(session, told, keep.MAIL)
    return keep.begun(parts, found.row, found.latest), ""


def _save_section(session: Session, parts: Parts, told: str, chosen: str) -> tuple[Parts, str]:
    mail = _mail(parts)
    block = mail.block(told)
    if block is None or block.described.edge:
        raise Refused({"": "Choose a block first; header and footer belong to the whole mail."})
    kept = {FORMAT: MailFormat.BLOCKS.value, BLOCKS: replace(mail, blocks=(block,)).as_text()}
    row = keep.create(session, actor(), keep.SECTION, request.form.get(NAMES["save-section"], ""), kept)
    toast(f"“{row.name}” is among your sections now.")
    return parts, chosen


def _add_section(session: Session, parts: Parts, told: str, chosen: str) -> tuple[Parts, str]:
    mail, found = _mail(parts), _found(session, told, keep.SECTION)
    inner = next((one for one in read(found.latest.parts[BLOCKS]).blocks if not one.described.edge), None)
    if inner is None:
        raise Refused({"": keep.GONE})
    made, chosen = change.copied(mail, inner, change.after(mail, chosen))
    return with_mail(parts, made), chosen


def _found(session: Session, told: str, kind: str) -> find.FoundTemplate:
    id = inside(Prefix.TEMPLATE, told)
    found = find.one(session, id) if id else None
    if found is None or found.row.kind != kind:
        raise Refused({"": keep.GONE})
    return found


def _mail(parts: Parts) -> Mail:
    if format_of(parts) is not MailFormat.BLOCKS:
        raise Refused({"": "Sections belong to a mail of blocks."})
    return read(parts.get(BLOCKS) or "{}")


VERBS: dict[str, Callable[[Session, Parts, str, str], tuple[Parts, str]]] = {
    "save-template": _save_template,
    "save-version": _save_version,
    "begin-own": _begin,
    "save-section": _save_section,
    "section": _add_section,
}
"""Verb of a button -> what it does to the parts of the message; `begin-own:` and `section:` name a template."""


def offered(session: Session, parts: Parts) -> dict[str, list[MailTemplate] | find.FoundTemplate | None]:
    """What the editor offers: own mails to begin with, own sections to add, and the template of this mail."""
    return {"own_mails": find.mails(session), "own_sections": find.sections(session), "of_template": used(session, parts)}
