"""Is what somebody typed into the settings of a connection right, and which part of it is secret?"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.kernel.errors import Refused
from integrations.contract import ConnectionField, Kind, Provider


@dataclass(frozen=True)
class Checked:
    """Values fit to be stored: `config` in clear, `hidden` to be encrypted. `made` were made here and must be told to a person once."""

    config: dict[str, str]
    hidden: dict[str, str]
    made: dict[str, str] = field(default_factory=dict)


def checked(provider: Provider, typed: Mapping[str, str], kept: Mapping[str, str] | None = None) -> Checked:
    """The typed values, checked. An empty secret keeps the one in `kept`, unless it would go to another server; an empty field may be made.

    A choice that is not among `typed` at all is the usual one. Raises Refused, by key of the field.
    """
    stored, values, made = kept or {}, dict[str, str](), dict[str, str]()
    for one in provider.fields:
        value = typed.get(one.key, one.default if one.choices else "").strip()
        if not value and one.secret:
            value = stored.get(one.key, "")
        if not value and one.made and matters(one, values):
            value = made[one.key] = one.made()
        values[one.key] = value
    mistakes = _asked_again(provider, typed, values, stored)
    for one in provider.fields:
        if matters(one, values) and (wrong := mistake(one, values[one.key])):
            mistakes[one.key] = wrong
    if mistakes:
        raise Refused(mistakes)
    hidden = {one.key for one in provider.fields if one.secret}
    return Checked(
        {key: value for key, value in values.items() if key not in hidden},
        {key: value for key, value in values.items() if key in hidden and value},
        made,
    )


def _asked_again(provider: Provider, typed: Mapping[str, str], values: Mapping[str, str], stored: Mapping[str, str]) -> dict[str, str]:
    """Secrets that were kept for one server and would now be sent to another, which somebody may have put there to read them."""
    moved = {f.peer: f.label for f in reversed(provider.fields) if f.host and stored and _server(f, values) != _server(f, stored)}
    kept = [f for f in provider.fields if f.secret and not f.stays and stored.get(f.key) and not typed.get(f.key, "").strip()]
    again = "“{}” is another one now. Enter this again, so that it is sent nowhere you did not mean."
    return {f.key: again.format(moved[f.peer]) for f in kept if f.peer in moved}


def _server(one: ConnectionField, values: Mapping[str, str]) -> str:
    """What a field says about the server: of an address the part before its path; nothing where the field does not matter."""
    value = values.get(one.key, "").strip() or one.default if matters(one, values) else ""
    found = re.match(r"[a-z]+://[^/?#]*", value, re.IGNORECASE)
    return (found.group() if found else value).casefold()


def matters(one: ConnectionField, values: Mapping[str, str]) -> bool:
    """Whether this field counts with these values of the others."""
    return one.only_if is None or values.get(one.only_if[0]) in one.only_if[1:]


def mistake(one: ConnectionField, value: str) -> str | None:
    """What is wrong with a value, in words that name the remedy, or None."""
    if not value:
        return f"Fill in “{one.label}”." if one.required and one.kind is not Kind.SWITCH else None
    if one.choices and value not in {choice for choice, _ in one.choices}:
        return "Choose one of the list."
    return one.check(value) if one.check else None
