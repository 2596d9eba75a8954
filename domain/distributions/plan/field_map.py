"""Which of our values goes under which name at a platform? The rows of the field map, and what is wrong with them.

A row is a part `field:<name>` whose text is a Liquid template. Usual values always have a row; an empty name writes nothing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from domain.messages.message import FIELD
from domain.messages.variables import Variable
from integrations.contract import Mode, Names


@dataclass(frozen=True)
class Value:
    """One of ours: the variable, the template that writes it, and when it is there."""

    path: str
    label: str
    template: str = ""

    @property
    def source(self) -> str:
        """The template that stands in the part."""
        return self.template or f"{{{{ {self.path} }}}}"


VALUES = (
    Value("voucher.code", "Code"),
    Value("voucher.discount", "What it is worth, in words"),
    Value("voucher.value", "What it is worth, as a number"),
    Value("voucher.expires", "Last day", "{{ voucher.expires | date: '%Y-%m-%d' }}"),
    Value("voucher.qr", "QR picture, address"),
    Value("voucher.barcode", "Barcode picture, address"),
    Value("voucher.published", "Given on", "{{ voucher.published | date: '%Y-%m-%dT%H:%M:%SZ' }}"),
    Value("campaign.name", "Campaign"),
    Value("promotion.name", "Promotion"),
    Value("promotion.id", "Promotion, id"),
    Value("promotion.discount", "What it is worth, in words"),
    Value("promotion.expires", "Last day", "{{ promotion.expires | date: '%Y-%m-%d' }}"),
)
"""The usual ones, in the order in which they stand."""
FIRST = frozenset({"voucher.code", "voucher.discount", "voucher.expires", "promotion.name", "promotion.id", "promotion.discount"})
"""Those a new channel begins with."""
_BY_SOURCE = {value.source: value for value in VALUES}
_PLAIN = re.compile(r"\{\{ ([a-z_0-9.]+) \}\}")


@dataclass(frozen=True)
class FieldMapRow:
    """One line of the map. `tag` is what a person pastes at the platform; `wrong` says what is wrong with the name."""

    label: str
    source: str
    name: str
    suggested: str
    tag: str = ""
    wrong: str = ""


def rows(mode: Mode, parts: Mapping[str, str], allowed: Sequence[Variable]) -> list[FieldMapRow]:
    """The map as it stands: usual values first, each as often as it is written, at least once; then all others."""
    names = mode.names or Names("NAME")
    there = {variable.path: variable.label for variable in allowed}
    written = [(name.removeprefix(FIELD), source) for name, source in sorted(parts.items()) if name.startswith(FIELD)]
    found = []
    for value in VALUES:
        mine = [name for name, source in written if source == value.source]
        if mine or value.path in there:
            found += [_row(names, value.label, value.source, name, value.path) for name in mine or [""]]
    others = [(name, source) for name, source in written if source not in _BY_SOURCE]
    return found + [_row(names, _label(source, there), source, name, _path(source)) for name, source in others]


def _row(names: Names, label: str, source: str, name: str, path: str) -> FieldMapRow:
    wrong = (names.check(name) or "") if name and names.check else ""
    return FieldMapRow(label, source, name, suggested(names, path), names.tag.replace("NAME", name) if name and not wrong else "", wrong)


def _path(source: str) -> str:
    plain = _PLAIN.fullmatch(source)
    return plain[1] if plain else ""


def _label(source: str, there: Mapping[str, str]) -> str:
    label = there.get(_path(source), source)
    return label[:1].upper() + label[1:]


def suggested(names: Names, path: str) -> str:
    """The name proposed for a value: the platform's own proposal, or one made from the path that its rules let pass."""
    if path in names.suggested:
        return names.suggested[path]
    made = "largesse_" + path.removeprefix("customer.metadata.").replace(".", "_")
    for one in (made, made.upper(), made.removeprefix("largesse_").upper()[:10]):
        if names.check is None or names.check(one) is None:
            return one
    return ""


def starter(mode: Mode, allowed: Iterable[Variable]) -> dict[str, str]:
    """The parts a new channel begins with."""
    there = {variable.path for variable in allowed}
    names = mode.names or Names("NAME")
    return {f"{FIELD}{name}": v.source for v in VALUES if v.path in FIRST & there and (name := suggested(names, v.path))}


def with_rows(parts: Mapping[str, str], sent: Iterable[tuple[str, str]]) -> dict[str, str]:
    """These parts with the rows (name, template) that were sent in place of those they had. A name that stands twice is counted up."""
    kept = {name: text for name, text in parts.items() if not name.startswith(FIELD)}
    for typed, source in sent:
        name = " ".join(typed.split())
        if not name or not source.strip():
            continue
        key, n = f"{FIELD}{name}", 1
        while key in kept:
            n += 1
            key = f"{FIELD}{name} ({n})"
        kept[key] = source
    return kept


def more(parts: Mapping[str, str], allowed: Iterable[Variable]) -> list[Variable]:
    """Variables that have no row yet: what can be added."""
    usual = {value.path for value in VALUES} | {_path(text) for name, text in parts.items() if name.startswith(FIELD)}
    return [variable for variable in allowed if variable.path not in usual]


def added(mode: Mode, parts: Mapping[str, str], path: str) -> dict[str, str]:
    """These parts with one more row, under the name proposed for it."""
    name = suggested(mode.names or Names("NAME"), path) or path.rpartition(".")[2]
    before = [(n.removeprefix(FIELD), text) for n, text in parts.items() if n.startswith(FIELD)]
    return with_rows(parts, [*before, (name, f"{{{{ {path} }}}}")])


def mistakes(mode: Mode, parts: Mapping[str, str], allowed: Sequence[Variable], *, code: bool) -> Iterator[tuple[str, str]]:
    """What keeps this map from being written: the field of the form, and the sentence. `code`: whether people get one."""
    found = rows(mode, parts, allowed)
    for n, row in enumerate(found):
        if row.wrong:
            yield f"map-{n}-name", row.wrong
    written = [row for row in found if row.name]
    if code and not any("voucher.code" in row.source for row in written):
        yield "map-0-name", "Give the code a name there: without it nobody gets one."
    elif not written:
        yield "map-0-name", "Write down at least one value: give it a name there."
