"""A form made from the fields a provider declares."""

from collections.abc import Mapping
from typing import Any

from wtforms import BooleanField, Field, IntegerField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than its stubs
from wtforms.validators import Optional
from wtforms.widgets import HiddenInput, PasswordInput

from domain.tables.connections import Connection
from integrations import contract
from integrations.contract import Kind, Provider
from webapp.forms import Form

PREFIX, CLEAR = "f_", "clear_"
"""Before the key of a provider's field, so that it cannot collide with ours; and before that, to empty a saved secret."""


class ConnectionForm(Form):
    """What every connection has; the provider's fields are added by `form_for`."""

    name = StringField("Name", description="How it is called in the wizard and in reports.")
    per_second = IntegerField("Calls a second at most", [Optional()], description="Empty: what the provider allows.")
    batch = IntegerField("Messages in a call at most", [Optional()], description="Empty: what the provider allows.")
    tells_opt_outs = BooleanField(
        "Tell it who wants nothing more",
        description="Who unsubscribes from everything here, complains, or is put on the list by hand is unsubscribed there, too.",
    )
    row_version = IntegerField(widget=HiddenInput())

    def values(self) -> dict[str, str]:
        """What was typed into the provider's fields, by key; switches as `yes` or empty."""
        found = {name.removeprefix(PREFIX): self[name].data for name in self._fields if name.startswith(PREFIX)}
        return {key: ("yes" if value else "") if isinstance(value, bool) else str(value or "") for key, value in found.items()}

    def own(self) -> dict[str, Any]:
        """What every connection has beside its name."""
        speed = {"per_second": self.per_second.data, "batch": self.batch.data}
        return speed | {"tells_opt_outs": bool(self.tells_opt_outs.data)}

    def cleared(self) -> set[str]:
        """Keys of saved secrets that are to be forgotten."""
        return {name.removeprefix(CLEAR) for name in self._fields if name.startswith(CLEAR) and self[name].data}

    def show_mistakes(self, mistakes: Mapping[str, str]) -> None:
        """Put each mistake beside its field."""
        for key, text in mistakes.items():
            name = key if key in self._fields else PREFIX + key
            if name in self._fields:
                self[name].errors = [*self[name].errors, text]
            else:
                self.form_errors.append(text)


def form_for(
    provider: Provider, connection: Connection | None = None, saved: frozenset[str] = frozenset(), **values: Any
) -> ConnectionForm:
    """The form of this provider; `saved` are keys of secrets that are kept already."""
    fields = {PREFIX + one.key: _field(one, one.key in saved) for one in provider.fields}
    fields |= {
        CLEAR + one.key: BooleanField(f"Forget the saved {_lower(one.label)}")
        for one in provider.fields
        if one.key in saved and not one.required
    }
    kind = type("Form", (ConnectionForm,), fields)
    if connection is not None:
        config = {
            PREFIX + key: value == "yes" if _kind(provider, key) is Kind.SWITCH else value for key, value in connection.config.items()
        }
        own = {name: getattr(connection, name) for name in ("name", "per_second", "batch", "tells_opt_outs", "row_version")}
        values = {**config, **own, **values}
    form: ConnectionForm = kind(data=values)
    return form


def _field(one: contract.ConnectionField, saved: bool) -> Field:
    help = f"{one.help} Saved; leave it empty to keep it.".strip() if saved else one.help
    common: dict[str, Any] = {"description": help, "default": one.default}
    match one.kind:
        case Kind.SECRET:
            # what was just typed wrong beside it comes back; what is saved never does
            return PasswordField(one.label, description=help, widget=_password(), render_kw={"autocomplete": "off"})
        case Kind.SECRET_LONG | Kind.LONG:
            return TextAreaField(one.label, description=help, render_kw={"spellcheck": "false", "autocomplete": "off", "rows": "5"})
        case Kind.CHOICE:
            return SelectField(
                one.label, choices=[SelectChoice(value, label) for value, label in one.choices], validate_choice=False, **common
            )
        case Kind.SWITCH:
            return BooleanField(one.label, description=help, default=one.default == "yes")
        case Kind.NUMBER:
            return StringField(one.label, render_kw={"inputmode": "numeric"}, **common)
        case _:
            return StringField(one.label, render_kw={"spellcheck": "false", "autocomplete": "off"}, **common)


def _password() -> Any:
    return PasswordInput(hide_value=False)


def _kind(provider: Provider, key: str) -> Kind | None:
    return next((one.kind for one in provider.fields if one.key == key), None)


def _lower(label: str) -> str:
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]
