"""Which segment does an address mean, and how is its id written there?"""

import uuid

from werkzeug.exceptions import NotFound

from domain.kernel.base import Prefix, inside, outside
from domain.tables.customers import Segment
from webapp.database import db


def one(word: str) -> Segment:
    """The segment of an address (`seg_…`). Raises NotFound."""
    id = inside(Prefix.SEGMENT, word)
    segment = db.session.get(Segment, id) if id else None
    if segment is None:
        raise NotFound("There is no such segment. It may have been deleted.")
    return segment


def word(id: uuid.UUID) -> str:
    """The id as addresses carry it."""
    return outside(Prefix.SEGMENT, id)
