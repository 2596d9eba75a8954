"""Which template does an address mean?"""

from werkzeug.exceptions import NotFound

from domain.kernel.base import Prefix, inside
from domain.workspace.templates import find
from webapp.database import db


def one(word: str) -> find.FoundTemplate:
    """The template of an address (`tpl_…`). Raises NotFound."""
    id = inside(Prefix.TEMPLATE, word)
    found = find.one(db.session(), id) if id else None
    if found is None:
        raise NotFound("There is no such template. It may have been deleted.")
    return found
