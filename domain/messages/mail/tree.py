"""What is a mail made of? Its look and its blocks, as they are stored: JSON with a schema number, checked by the fields of each block."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from domain.messages.blocks.catalogue import block_kind, block_kinds
from domain.messages.blocks.contract import BlockKind, Values, is_colour
from domain.messages.mail.style import CHOICES, COLOURS, MailStyle
from domain.tables.stored_json import Unreadable, Upgrader, numbered, typed, upgraded
from integrations import outside_json

UPGRADERS: tuple[Upgrader, ...] = (lambda stored: stored,)
"""Each makes the next shape of a stored mail. 0 -> 1: only the number is new."""
WHAT = "This mail"
MOST_BLOCKS = 200
"""Of one mail, those in columns too."""
LONGEST_MAIL = 256 * 1024
"""Characters of its JSON."""
MOST_COLUMNS = 3


@dataclass(frozen=True, slots=True)
class Condition:
    """When a block is shown. `fact` is a variable, `test` a key of `domain.messages.mail.conditions.TESTS`."""

    fact: str = ""
    test: str = "filled"
    value: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """One block. `id` (`b7`) is never given to another one of the same mail."""

    id: str
    kind: str
    values: Values = field(default_factory=dict)
    shown_if: Condition = field(default_factory=Condition)
    """Without a fact: always."""
    columns: tuple[tuple["Block", ...], ...] = ()

    @property
    def described(self) -> BlockKind:
        """What its kind says of itself."""
        return block_kinds()[self.kind]


@dataclass(frozen=True, slots=True)
class Mail:
    """The whole mail, in the order in which it is read."""

    blocks: tuple[Block, ...] = ()
    style: MailStyle = field(default_factory=MailStyle)

    def every_block(self) -> Iterator[Block]:
        """All blocks, those in columns behind the block that holds them."""
        for block in self.blocks:
            yield block
            for column in block.columns:
                yield from column

    def block(self, id: str) -> Block | None:
        """The block named `id`."""
        return next((one for one in self.every_block() if one.id == id), None)

    def next_id(self) -> str:
        """An id that no block has."""
        return f"b{max((int(one.id[1:]) for one in self.every_block()), default=0) + 1}"

    def as_text(self) -> str:
        """JSON, always the same for the same mail: what is stored, and what undo compares and brings back."""
        stored = {"style": asdict(self.style), "blocks": [_stored(one) for one in self.blocks]}
        return json.dumps(numbered(stored, UPGRADERS), ensure_ascii=False, separators=(",", ":"))


def new_block(kind: BlockKind, id: str) -> Block:
    """A block of this kind with nothing typed yet."""
    columns: tuple[tuple[Block, ...], ...] = ((), ()) if kind.columns else ()
    return Block(id, kind.key, kind.defaults, columns=columns)


def read(text: str) -> Mail:
    """The mail that `as_text` wrote. Raises Unreadable, in words, for everything else."""
    if len(text) > LONGEST_MAIL:
        raise Unreadable(f"{WHAT} is longer than {LONGEST_MAIL // 1024} kB. Make it from fewer blocks.")
    try:
        stored = upgraded(outside_json.read(text), UPGRADERS, WHAT)
        mail = Mail(tuple(_block(one, outside=True) for one in _list(stored.get("blocks", []))), _style(stored.get("style", {})))
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as why:
        raise Unreadable(f"{WHAT} cannot be read: it is not what this editor stores.") from why
    ids = [one.id for one in mail.every_block()]
    if len(ids) > MOST_BLOCKS:
        raise Unreadable(f"{WHAT} has more than {MOST_BLOCKS} blocks. Make it shorter.")
    if len(set(ids)) != len(ids):
        raise Unreadable(f"{WHAT} cannot be read: two of its blocks have the same id.")
    return edged(mail)


def edged(mail: Mail) -> Mail:
    """The mail with what stands first at the top and what stands last at the end, each once; what stays is added where it is missing."""
    inner = [one for one in mail.blocks if not one.described.edge]
    edges = {kind.key: next((one for one in mail.blocks if one.kind == kind.key), None) for kind in block_kinds().values() if kind.edge}
    for key, found in edges.items():
        kind = block_kinds()[key]
        one = new_block(kind, mail.next_id()) if found is None and kind.stays else found
        if one is not None:
            inner.insert(0 if kind.edge == "first" else len(inner), one)
    return replace(mail, blocks=tuple(inner))


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("a list is wanted")
    return value


def _block(stored: Any, outside: bool) -> Block:
    id, kind = stored["id"], block_kind(stored["kind"])
    if kind is None or not (isinstance(id, str) and id[:1] == "b" and id[1:].isascii() and id[1:].isdigit() and len(id) < 10):
        raise ValueError("block")
    if not outside and (kind.columns or kind.edge):
        raise ValueError("it cannot stand in a column")
    columns = tuple(tuple(_block(one, outside=False) for one in _list(column)) for column in _list(stored.get("columns", [])))
    if kind.columns != bool(columns) or len(columns) > MOST_COLUMNS:
        raise ValueError("columns")
    given = stored.get("values", {})
    wrong = [one.key for one in kind.fields if one.key in given and not one.fits(given[one.key])]
    if wrong:
        raise ValueError(wrong[0])
    values = {one.key: given.get(one.key, one.default) for one in kind.fields}
    condition = Condition() if kind.stays else typed(Condition, stored.get("shown_if", {}))  # what stays is shown to everybody
    return Block(id, kind.key, values, condition, columns)


def _style(stored: Mapping[str, Any]) -> MailStyle:
    style = typed(MailStyle, stored)
    if not all(is_colour(getattr(style, name)) for name in COLOURS) or any(
        str(getattr(style, name)) not in known for name, known in CHOICES.items()
    ):
        raise ValueError("style")
    return style


def _stored(block: Block) -> dict[str, Any]:
    values = {field.key: block.values[field.key] for field in block.described.fields}
    stored: dict[str, Any] = {"id": block.id, "kind": block.kind, "values": values}
    if block.shown_if.fact:
        stored["shown_if"] = asdict(block.shown_if)
    if block.columns:
        stored["columns"] = [[_stored(one) for one in column] for column in block.columns]
    return stored
