"""What do the forms of all steps share? The name on top, the button that was pressed, and fields that keep what was not sent."""

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from wtforms import BooleanField, Field, FieldList, Form, FormField, HiddenField, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than its stubs

from domain.distributions.mistakes import Mistake
from domain.kernel.base import Prefix, inside, outside
from webapp import forms

NOT_ON_THE_LIST = "This is none of those that can be chosen. Choose one from the list."


class SwitchField(BooleanField):
    """A switch. The form says beside it, in `asked`, that it stood there; one that did not keeps its value."""

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Read it only where it stood on the form."""
        stood = formdata and self.name in formdata.getlist("asked")
        super().process(formdata if stood else None, data, extra_filters)


class IdField(StringField):
    """An id as people see it (`seg_…`), read as a UUID; None where nothing is chosen. What is no such id is a mistake."""

    data: Any

    def __init__(self, label: str = "", *, of: Prefix, **more: Any) -> None:
        super().__init__(label, **more)
        self.of = of

    def _value(self) -> str:
        return outside(self.of, self.data) if self.data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        """The UUID. Raises ValueError, in words, for what is none."""
        if valuelist:
            self.data = _read(self.of, valuelist[0])


class IdSelect(SelectField):
    """The same as a list to choose from. `domain.distributions.plan` says whether what was chosen is still there."""

    def __init__(self, label: str = "", *, of: Prefix, empty: str, **more: Any) -> None:
        super().__init__(label, coerce=self._coerced, choices=[choice("", empty)], validate_choice=False, **more)
        self.of = of

    def _coerced(self, value: Any) -> uuid.UUID | None:
        return inside(self.of, value) if isinstance(value, str) else value

    def offer(self, options: Iterable[tuple[uuid.UUID, str]]) -> None:
        """Let these be chosen, besides nothing."""
        self.choices = [*(self.choices or ()), *(choice(outside(self.of, id), label) for id, label in options)]

    def process_formdata(self, valuelist: list[str]) -> None:
        """The UUID. Raises ValueError, in words, for what is none."""
        if valuelist:
            self.data = _read(self.of, valuelist[0])


def choice(value: str, label: str) -> Any:
    """What can be chosen from a list."""
    return SelectChoice(value, label)


def _read(prefix: Prefix, text: str) -> uuid.UUID | None:
    found = inside(prefix, text)
    if found is None and text.strip():
        raise ValueError(NOT_ON_THE_LIST)
    return found


def one_of(form: Any, field: Any) -> None:
    """A validator: the value is one of the choices, or empty. Raises ValidationError."""
    if field.data and field.data not in {one.value for one in field.choices}:
        field.data = field.object_data
        raise ValidationError(NOT_ON_THE_LIST)


def one_line_ends(text: str | None) -> str | None:
    """A filter: lines end as they are stored, not as browsers send them."""
    return text.replace("\r\n", "\n") if text else text


def stripped(text: str | None) -> str:
    """A filter: without spaces around it."""
    return (text or "").strip()


class StepForm(forms.Form):
    """The form of a step; each has its own fields besides, made for what was chosen so far."""

    name = StringField("Name of the distribution", filters=[lambda text: " ".join((text or "").split())])
    row_version = HiddenField()
    do = HiddenField()

    @property
    def verb(self) -> str:
        """What the button asks for: `next`, `save`, `choose`, `add`, …"""
        return (self.do.data or "").partition(":")[0]

    @property
    def what(self) -> str:
        """What the button asks it of: of `add:conn_…:email` the part behind the first colon."""
        return (self.do.data or "").partition(":")[2]

    def typed(self) -> dict[str, str]:
        """What was sent besides, which the spec does not keep, to be shown again."""
        return {}

    def mistakes(self, step: str) -> list[Mistake]:
        """What cannot be read as it was sent, by the field it was sent in."""
        self.validate()
        return [Mistake(step, field.id, str(text)) for field in _leaves(self) if field.name != "csrf_token" for text in field.errors]


def _leaves(form: Form) -> Iterator[Field]:
    for field in form:
        if isinstance(field, FormField):
            yield from _leaves(field.form)
        elif isinstance(field, FieldList):
            for entry in field.entries:
                yield from _leaves(entry.form)
        else:
            yield field


def show_mistakes(form: StepForm, mistakes: Iterable[Mistake]) -> None:
    """Hang mistakes on the fields they are about. Those of no field stand in the summary on top."""
    fields = {field.id: field for field in _leaves(form)}
    for mistake in mistakes:
        if mistake.field in fields:
            fields[mistake.field].errors = [*fields[mistake.field].errors, mistake.text]
