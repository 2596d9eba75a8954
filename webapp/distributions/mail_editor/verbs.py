"""What does each button of the editor do to the mail? A row for each verb; what it is told stands behind its colon (`up:b3`)."""

from collections.abc import Callable

from domain.messages.blocks.catalogue import block_kind
from domain.messages.mail import change
from domain.messages.mail.change import Place
from domain.messages.mail.tree import Mail, read

Done = tuple[Mail, str]
"""The mail afterwards, and the id of the block that is chosen then."""


def _add(mail: Mail, told: str, chosen: str) -> Done:
    """`add:button` behind the chosen block; `add:button:b2/1` at the end of a column."""
    key, _, where = told.partition(":")
    kind = block_kind(key)
    if kind is None:
        return mail, chosen
    return change.added(mail, kind, _end_of(mail, where) if where else change.after(mail, chosen))


def _end_of(mail: Mail, where: str) -> Place:
    holder, _, column = where.partition("/")
    block, number = mail.block(holder), _number(column)
    filled = block.columns[number] if block and number < len(block.columns) else ()
    return Place(len(filled), holder, number)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0


def _move(mail: Mail, told: str, chosen: str) -> Done:
    """`move:b3:4` to a place of the mail; `move:b3:0:b2/1` into a column."""
    id, _, where = told.partition(":")
    index, _, inside = where.partition(":")
    holder, _, column = inside.partition("/")
    return change.moved(mail, id, Place(_number(index), holder, _number(column))), id


def _remove(mail: Mail, told: str, chosen: str) -> Done:
    ids = [one.id for one in mail.every_block()]
    after = change.removed(mail, told)
    left = [one.id for one in after.every_block()]
    at = ids.index(told) if told in ids else 0
    return after, left[min(at, len(left) - 1)] if left else ""


VERBS: dict[str, Callable[[Mail, str, str], Done]] = {
    "add": _add,
    "move": _move,
    "remove": _remove,
    "up": lambda mail, told, chosen: (change.shifted(mail, told, -1), told),
    "down": lambda mail, told, chosen: (change.shifted(mail, told, 1), told),
    "duplicate": lambda mail, told, chosen: change.duplicated(mail, told),
    "columns": lambda mail, told, chosen: (change.with_columns(mail, told.partition(":")[0], _number(told.partition(":")[2])), chosen),
    "choose": lambda mail, told, chosen: (mail, told),
}
"""Verb of a button -> what it does."""


def undone(tree: str, chosen: str) -> Done:
    """The mail that a script kept and brings back. Raises Unreadable for what is none."""
    mail = read(tree)
    return mail, chosen if mail.block(chosen) else ""
