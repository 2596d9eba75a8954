"""The form of one channel: the parts of its message, its sender, its permission, its field map; made for its way of sending."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from wtforms import EmailField, FieldList, Form, FormField, HiddenField, RadioField, SelectField, StringField, TextAreaField

from domain.distributions.draft.spec import ChannelSpec
from domain.distributions.plan import editors, field_map
from domain.kernel.base import Prefix
from domain.messages.message import OPTION, options
from domain.messages.variables import Variable
from domain.tables.customers import Permission
from domain.tables.workspace import Sender
from integrations.contract import ConnectionField, Mode
from webapp.distributions.wizard.step_form import IdSelect, choice, one_line_ends, one_of

KINDS = [choice("default", "Default"), choice("custom", "Custom JSON"), choice("raw", "Raw")]
"""What a webhook posts."""
_ROW = re.compile(r"-(\d{1,3})-name", re.ASCII)


class RowForm(Form):
    """A row of the field map: one of our values, and its name at the platform."""

    name = StringField(filters=[one_line_ends])
    value = HiddenField(filters=[one_line_ends])


class FieldMap(FieldList):  # type: ignore[type-arg] # generic in its stubs only
    """As many rows as were sent, in their order: the page may hold more or fewer than are stored."""

    def _extract_indices(self, prefix: str, formdata: Any) -> Iterator[int]:
        """Places of rows. WTForms would fail on digits such as ², and on numbers of thousands of them."""
        found = (_ROW.fullmatch(name.removeprefix(prefix)) for name in formdata if name.startswith(prefix))
        return (int(match[1]) for match in found if match)


class ChannelForm(Form):
    """What every channel has; `form_class` adds the fields of its way of sending."""

    permission = IdSelect("Only to people who agreed to", of=Prefix.PERMISSION, empty="Choose a permission")

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.permission.id = self.permission.label.field_id = f"{self.permission.id}_id"

    def offer(self, senders: Iterable[Sender], permissions: Iterable[Permission], variables: Iterable[Variable]) -> None:
        """Fill the lists of what can be chosen."""
        self.permission.offer((one.id, one.name) for one in permissions)
        if "from_email" in self:
            sender: Any = self["from_email"]
            known = {one.email: f"{one.name} <{one.email}>" for one in senders}
            now = sender.data or ""
            sender.choices = [choice(*pair) for pair in ({now: now or "Choose a sender"} | known).items()]
        if "more" in self:
            more: Any = self["more"]
            more.choices = [choice(one.path, f"{one.label[:1].upper()}{one.label[1:]}") for one in variables]

    def parts(self) -> dict[str, str]:
        """The parts of the message that were sent."""
        names = (name for name in self._fields if name not in {"permission", "map", "more"})
        return {name: self[name].data for name in names if self[name].raw_data}

    def rows(self) -> list[tuple[str, str]]:
        """Name and template of each row of the field map that was sent."""
        return (
            [(row.form.name.data or "", row.form.value.data or "") for row in getattr(self["map"], "entries", ())] if "map" in self else []
        )


def form_class(mode: Mode | None) -> type[ChannelForm]:
    """The form of a channel that sends like this; None: its connection is gone, so nothing can be written for it."""

    class _Asked(ChannelForm):
        pass

    for name, field in _fields(mode) if mode else ():
        setattr(_Asked, name, field)
    return _Asked


def _fields(mode: Mode) -> Iterator[tuple[str, Any]]:
    kind = editors.kind(mode)
    for part in editors.every_part(kind):
        made = TextAreaField if part.rows else StringField
        yield part.key, made(part.label, description=part.hint, filters=[one_line_ends])
    if kind == "email":
        yield "from_email", SelectField("From", choices=[], validate_choice=False)
        yield "reply_to", EmailField("Replies go to", filters=[one_line_ends])
    elif kind == "webhook":
        yield "payload_kind", RadioField("Payload", choices=KINDS, validate_choice=False, validators=[one_of])
    elif kind == "platform":
        yield "map", FieldMap(FormField(RowForm))
        yield "more", SelectField("Another value", choices=[], validate_choice=False)
        for one in mode.options:
            yield f"{OPTION}{one.key}", _option(one)


def _option(one: ConnectionField) -> Any:
    if one.choices:
        return SelectField(one.label, description=one.help, choices=[choice(*pair) for pair in one.choices], validate_choice=False)
    return StringField(one.label, description=one.help)


def known(channel: ChannelSpec, mode: Mode | None, allowed: tuple[Variable, ...]) -> dict[str, Any]:
    """What its form shows."""
    if mode is None:
        return {"permission": channel.permission_id}
    chosen = {f"{OPTION}{key}": text for key, text in options(mode, channel.parts).items()}
    rows = [{"name": row.name, "value": row.source} for row in field_map.rows(mode, channel.parts, allowed)]
    return {**channel.parts, **chosen, "permission": channel.permission_id, "map": rows}


def read(channel: ChannelSpec, form: ChannelForm) -> ChannelSpec:
    """The channel with what its form says."""
    parts, rows = {**channel.parts, **form.parts()}, form.rows()
    return replace(channel, parts=field_map.with_rows(parts, rows) if rows else parts, permission_id=form.permission.data)
