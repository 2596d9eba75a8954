"""What do a trigger's own settings say? What was typed for its `fields` is judged and read here, for every trigger alike."""

from collections.abc import Iterator, Mapping
from typing import Any

from domain.kernel.text.characters import refused
from domain.triggers.contract import Trigger, TriggerField

LONGEST = 200
PREFIX = "settings_"
"""Before the key: the name of its field on the form, which a mistake names."""


def mistakes(trigger: Trigger, typed: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What is wrong with what was typed: the field of the form, and a sentence that names the remedy."""
    for field in trigger.fields:
        try:
            _read(field, typed.get(field.key, field.default))
        except ValueError as wrong:
            yield f"{PREFIX}{field.key}", str(wrong)


def read(trigger: Trigger, typed: Mapping[str, str]) -> dict[str, Any]:
    """The settings; what was not typed, or cannot be read, is as it is proposed."""
    found = {}
    for field in trigger.fields:
        try:
            found[field.key] = _read(field, typed.get(field.key, field.default))
        except ValueError:
            found[field.key] = _read(field, field.default)
    return found


def stored(trigger: Trigger, values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a plan as they were read and kept; what is newer than the plan is as it is proposed. Raises ValueError."""
    for field in trigger.fields:
        value = values.get(field.key, "")
        if field.key in values and type(value) is not (int if field.number else str):
            raise ValueError(f"{value!r} is no {field.label}")
    return {field.key: _read(field, str(values.get(field.key, field.default))) for field in trigger.fields}


def in_words(trigger: Trigger, values: Mapping[str, Any]) -> dict[str, str]:
    """Label -> value, for whoever compares."""
    return {field.label: _said(field, values[field.key]) for field in trigger.fields if field.key in values}


def _read(field: TriggerField, typed: str) -> Any:
    text = typed.strip()
    if field.number:
        least, most = field.number
        if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) < 12 and least <= int(text) <= most):
            raise ValueError(f"“{field.label}” is a whole number from {least:,} to {most:,}.")
        return int(text)
    if field.choices:
        if text not in dict(field.choices):
            raise ValueError(f"Choose “{field.label}” from the list.")
        return text
    if not text or len(text) > LONGEST or refused(text):
        raise ValueError(f"Write “{field.label}” in at most {LONGEST} letters.")
    return text


def _said(field: TriggerField, value: Any) -> str:
    said = dict(field.choices).get(value, str(value))
    return f"{said} {field.unit}".strip()
