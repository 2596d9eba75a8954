"""How does a picture get into a block? Uploaded with the form, or chosen from those that were uploaded before."""

from flask import request
from sqlalchemy.orm import Session

from domain.kernel.errors import Refused
from domain.messages.blocks.contract import BlockControl
from domain.messages.mail import change
from domain.messages.mail.tree import Mail
from domain.messages.pictures.reencode import LARGEST
from domain.workspace.pictures import keep
from webapp.access import actor
from webapp.distributions.mail_editor.form import FIELD, Wrong

FILE = "file-"
"""Before the key of a field: the file that is uploaded for it."""
VERBS = frozenset({"upload", "picture"})
"""`upload:source`: the file that was sent for the field `source`; `picture:source:<word>`: one that is here already."""


def put(session: Session, mail: Mail, verb: str, told: str, chosen: str, wrong: Wrong) -> Mail:
    """The mail with the picture in that field of the chosen block; why it cannot be stands in `wrong`."""
    key, _, word = told.partition(":")
    block = mail.block(chosen)
    field = next((one for one in block.described.fields if one.key == key), None) if block else None
    if field is None or field.control is not BlockControl.PICTURE:
        return mail
    if verb == "picture":
        picture = keep.by_word(session, word)
        if picture is None:
            wrong[f"{FIELD}{key}"] = "This picture is gone. Upload it again."
            return mail
    else:
        file = request.files.get(f"{FILE}{key}")
        try:
            picture = keep.keep(session, actor(), file.stream.read(LARGEST + 1) if file else b"", (file and file.filename) or "")
        except Refused as refused:
            wrong[f"{FIELD}{key}"] = str(refused)
            return mail
    return change.with_values(mail, chosen, {key: keep.address(session, picture)})
