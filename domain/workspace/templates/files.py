"""How does a template go from one installation to another? As a file of JSON with its pictures; what comes is checked like any mail."""

import base64
import binascii
import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kernel.actor import Actor
from domain.kernel.errors import Refused
from domain.messages.liquid.places import TemplateError
from domain.messages.mail.parts import BLOCKS, FORMAT, MJML, RICH, MailFormat
from domain.messages.pictures import addresses
from domain.messages.trial import limited
from domain.tables.distributions import MailPicture, MailTemplate, MailTemplateVersion
from domain.workspace.pictures import keep as pictures
from domain.workspace.templates import keep
from integrations import outside_json

MARK = "largesse-mail-template"
"""What a file says that it is."""
LARGEST = 24 * 1024 * 1024
"""Bytes of a file."""
LONGEST_PART = 512 * 1024
"""Characters of one part."""
MOST_PICTURES = 40
NO_TEMPLATE = "This is no template that was exported here. Choose a file that ends in .mail.json."


def exported(session: Session, row: MailTemplate, version: MailTemplateVersion) -> bytes:
    """The file: the parts of this version, and every picture of ours that they name."""
    found = session.scalars(select(MailPicture).where(MailPicture.word.in_(sorted(addresses.words(*version.parts.values())))))
    kept = {one.word: {"name": one.name, "data": base64.b64encode(one.body).decode()} for one in found}
    file = {"format": MARK, "number": 1, "kind": row.kind, "name": row.name, "parts": version.parts, "pictures": kept}
    return json.dumps(file, ensure_ascii=False, indent=1).encode()


def imported(session: Session, actor: Actor, data: bytes) -> MailTemplate:
    """A new template made of a file. Raises Refused, by the field `file`, for what is none."""
    if len(data) > LARGEST:
        raise Refused({"file": f"The file is larger than {LARGEST >> 20} MB."})
    kind, name, parts, bodies = _read(data)
    try:
        limited.made(parts)
    except TemplateError as wrong:
        raise Refused({"file": f"The mail in this file cannot be used: {wrong}"}) from wrong
    try:
        taken = {word: pictures.address(session, pictures.keep(session, actor, body, called)) for word, (called, body) in bodies.items()}
    except Refused as wrong:
        raise Refused({"file": f"A picture in this file cannot be used: {wrong}"}) from wrong
    parts = {part: addresses.renamed(text, taken) for part, text in parts.items()}
    return keep.create(session, actor, kind, keep.free_name(session, kind, name), parts, "From a file")


Read = tuple[str, str, dict[str, str], dict[str, tuple[str, bytes]]]


def _read(data: bytes) -> Read:
    try:
        file = outside_json.read(data.decode())
        if file["format"] != MARK or file["number"] != 1:
            raise ValueError("format")
        return _kind(file), str(file["name"]), _parts(file["parts"]), _pictures(file.get("pictures", {}))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError, binascii.Error) as wrong:
        raise Refused({"file": NO_TEMPLATE}) from wrong


def _kind(file: Any) -> str:
    if file["kind"] not in keep.WHAT:
        raise ValueError("kind")
    return str(file["kind"])


def _parts(given: Any) -> dict[str, str]:
    parts = keep.held(given)
    if not all(isinstance(text, str) and len(text) <= LONGEST_PART for text in parts.values()):
        raise ValueError("parts")
    way = MailFormat(parts.get(FORMAT, ""))
    written = {MailFormat.BLOCKS: (BLOCKS,), MailFormat.SIMPLE: (RICH,), MailFormat.MJML: (MJML,), MailFormat.RAW: ("html", "text")}[way]
    if not any(parts.get(name) for name in written):
        raise ValueError("there is no mail")
    return parts


def _pictures(given: Any) -> dict[str, tuple[str, bytes]]:
    if len(given) > MOST_PICTURES:
        raise ValueError("pictures")
    return {str(word): (str(one["name"]), base64.b64decode(one["data"], validate=True)) for word, one in given.items()}
