"""Are the custom attributes there that a field map names? They are looked for, and made where the connection says so.

https://developers.intercom.com/docs/references/rest-api/api.intercom.io/data-attributes
"""

from __future__ import annotations

from collections.abc import Sequence

from integrations.contract import Settings
from integrations.http import Answer, Failure, Http
from integrations.providers.intercom.answers import STOPS
from integrations.providers.intercom.client import json_object, request


def prerequisites(http: Http, settings: Settings, names: Sequence[str]) -> tuple[str, ...]:
    """A sentence for each that is missing, or could not be made."""
    result = request(http, settings, "GET", "/data_attributes?model=contact")
    there = _names(result)
    if there is None:
        return (_problem(result),)
    missing = [name for name in names if name not in there]
    if settings["new_attributes"]:
        return tuple(problem for name in missing if (problem := _make(http, settings, name)))
    return tuple(f"There is no attribute {name} of people in Intercom. Add it, as text: Settings, People data." for name in missing)


def _names(result: Answer | Failure) -> set[str] | None:
    """Names of the attributes that may be written by the API; None where the answer is no list of them."""
    if isinstance(result, Failure) or result.status != 200:
        return None
    listed = json_object(result).get("data")
    if not isinstance(listed, list):
        return None
    return {str(one.get("name")) for one in listed if isinstance(one, dict) and one.get("custom") and not one.get("archived")}


def _make(http: Http, settings: Settings, name: str) -> str:
    """Why it could not be made; empty where it was."""
    body = {"name": name, "model": "contact", "data_type": "string", "description": "Written by Largesse."}
    result = request(http, settings, "POST", "/data_attributes", body)
    if isinstance(result, Answer) and result.status == 200 and json_object(result).get("name") == name:
        return ""
    return f"The attribute {name} could not be made in Intercom: {_problem(result)}"


def _problem(result: Answer | Failure) -> str:
    if isinstance(result, Failure):
        return result.reason
    return STOPS.get(result.status) or f"Intercom answered {result.status}."
