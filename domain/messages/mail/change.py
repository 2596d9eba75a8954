"""What can be done to a mail of blocks? Each command answers another mail; none changes one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.messages.blocks.contract import BlockKind
from domain.messages.mail.tree import MOST_COLUMNS, Block, Condition, Mail, edged, new_block

Row = tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a block stands: at `index` of the mail itself, or of one column of the block `holder`."""

    index: int
    holder: str = ""
    column: int = 0


def place_of(mail: Mail, id: str) -> Place | None:
    """Where the block named `id` stands."""
    for index, block in enumerate(mail.blocks):
        if block.id == id:
            return Place(index)
        for number, column in enumerate(block.columns):
            for inner, one in enumerate(column):
                if one.id == id:
                    return Place(inner, block.id, number)
    return None


def with_values(mail: Mail, id: str, values: Mapping[str, Any], shown_if: Condition | None = None) -> Mail:
    """The mail with these values in the block named `id`, and with this condition."""

    def changed(block: Block) -> Block:
        return replace(block, values={**block.values, **values}, shown_if=block.shown_if if shown_if is None else shown_if)

    return _each(mail, lambda row: tuple(changed(one) if one.id == id else one for one in row))


def added(mail: Mail, kind: BlockKind, place: Place) -> tuple[Mail, str]:
    """The mail with a new block of this kind, and its id. What stands at an edge goes there; what stands there already is not added."""
    block = new_block(kind, mail.next_id())
    if kind.edge:
        there = next((one.id for one in mail.blocks if one.kind == kind.key), "")
        return (mail, there) if there else (edged(replace(mail, blocks=(*mail.blocks, block))), block.id)
    if kind.columns and place.holder:
        place = Place(len(mail.blocks))
    return _put(mail, block, place), block.id


def after(mail: Mail, id: str) -> Place:
    """The place behind the block named `id`; at the end of the mail where there is none."""
    found = place_of(mail, id)
    return replace(found, index=found.index + 1) if found else Place(len(mail.blocks))


def moved(mail: Mail, id: str, place: Place) -> Mail:
    """The mail with that block at another place. What stands at an edge stays there."""
    block = mail.block(id)
    if block is None or block.described.edge or (place.holder and block.described.columns):
        return mail
    return _put(removed(mail, id), block, place)


def shifted(mail: Mail, id: str, by: int) -> Mail:
    """The mail with that block one up or down among its neighbours; at the end of a column it leaves the columns."""
    found = place_of(mail, id)
    if found is None:
        return mail
    wanted = replace(found, index=found.index + by)
    if found.holder and not 0 <= wanted.index < len(_row(mail, found)):
        holder = place_of(mail, found.holder) or Place(0)
        wanted = Place(holder.index + (by > 0))
    return moved(mail, id, replace(wanted, index=max(0, wanted.index)))


def removed(mail: Mail, id: str) -> Mail:
    """The mail without that block, if it may go."""
    block = mail.block(id)
    if block is None or block.described.stays:
        return mail
    return _each(mail, lambda row: tuple(one for one in row if one.id != id))


def duplicated(mail: Mail, id: str) -> tuple[Mail, str]:
    """The mail with a copy behind that block, and the id of the copy."""
    block = mail.block(id)
    if block is None or block.described.edge:
        return mail, id
    return copied(mail, block, after(mail, id))


def copied(mail: Mail, block: Block, place: Place) -> tuple[Mail, str]:
    """The mail with a copy of this block, of whatever mail, at that place, and the id of the copy. Columns stay out of columns."""
    first = int(mail.next_id()[1:])
    copy = replace(block, id=f"b{first}")
    if block.columns:
        number = iter(range(first + 1, first + 1 + sum(map(len, block.columns))))
        copy = replace(copy, columns=tuple(tuple(replace(one, id=f"b{next(number)}") for one in column) for column in block.columns))
        place = (place_of(mail, place.holder) or Place(len(mail.blocks))) if place.holder else place
    return _put(mail, copy, place), copy.id


def with_columns(mail: Mail, id: str, count: int) -> Mail:
    """The mail with so many columns in that block; what stood in those that go moves into the last that stays."""
    count = min(max(count, 1), MOST_COLUMNS)

    def changed(block: Block) -> Block:
        kept = [*block.columns[:count], *(() for _ in range(count - len(block.columns)))]
        for column in block.columns[count:]:
            kept[-1] = (*kept[-1], *column)
        return replace(block, columns=tuple(kept))

    return replace(mail, blocks=tuple(changed(one) if one.id == id and one.columns else one for one in mail.blocks))


def _row(mail: Mail, place: Place) -> Sequence[Block]:
    holder = mail.block(place.holder) if place.holder else None
    return holder.columns[place.column] if holder and place.column < len(holder.columns) else mail.blocks


def _put(mail: Mail, block: Block, place: Place) -> Mail:
    holder = mail.block(place.holder) if place.holder else None
    if holder is None or not holder.columns:
        blocks = [*mail.blocks]
        blocks.insert(place.index, block)
        return edged(replace(mail, blocks=tuple(blocks)))
    columns = [list(column) for column in holder.columns]
    columns[min(max(place.column, 0), len(columns) - 1)].insert(place.index, block)
    full = replace(holder, columns=tuple(map(tuple, columns)))
    return replace(mail, blocks=tuple(full if one.id == holder.id else one for one in mail.blocks))


def _each(mail: Mail, change: Callable[[Row], Row]) -> Mail:
    """The mail with every row of blocks changed: its own, and each column."""
    blocks = change(mail.blocks)
    return replace(mail, blocks=tuple(replace(one, columns=tuple(map(change, one.columns))) if one.columns else one for one in blocks))
