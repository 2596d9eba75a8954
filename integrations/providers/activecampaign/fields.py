"""Which fields do contacts have in ActiveCampaign? Messages call them by their tag, and an import by their number.

https://developers.activecampaign.com/reference/retrieve-fields
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from integrations.contract import Settings
from integrations.http import Answer, Failure, Http
from integrations.providers.activecampaign import payload

PAGE, PAGES = 100, 20


def numbers(http: Http, settings: Settings) -> dict[str, int] | Answer | Failure:
    """Tag in capitals -> number of the field; or the answer that was no list of fields."""
    found: dict[str, int] = {}
    for page in range(PAGES):
        where = payload.url(settings, f"fields?limit={PAGE}&offset={page * PAGE}")
        result = http.request("GET", where, headers=payload.headers(settings), reply_limit=2_000_000)
        listed = _listed(result)
        if listed is None:
            return result
        found |= {str(one["perstag"]).upper(): int(one["id"]) for one in listed if str(one.get("id")).isdigit() and one.get("perstag")}
        if len(listed) < PAGE:
            break
    return found


def create(http: Http, settings: Settings, names: Sequence[str]) -> tuple[str, ...]:
    """Add the fields that are missing, as text, for the contacts of all lists. What could not be added, in sentences."""
    there = numbers(http, settings)
    if not isinstance(there, dict):
        return (_problem(there),)
    problems = []
    for name in names:
        if name.upper() in there:
            continue
        made = _post(http, settings, "fields", {"field": {"title": name, "type": "text", "perstag": name.upper(), "visible": True}})
        number = _made(made)
        if number is None:
            problems.append(f"The field %{name}% could not be added: {_problem(made)}")
            continue
        tied = _post(http, settings, "fieldRels", {"fieldRel": {"field": number, "relid": 0}})
        if not (isinstance(tied, Answer) and 200 <= tied.status < 300):
            problems.append(f"The field %{name}% was added, but not to the lists: {_problem(tied)}")
    return tuple(problems)


def _listed(result: Answer | Failure) -> list[Mapping[str, Any]] | None:
    document = result.json() if isinstance(result, Answer) and result.status == 200 else None
    listed = document.get("fields") if isinstance(document, dict) else None
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else None


def _made(result: Answer | Failure) -> int | None:
    document = result.json() if isinstance(result, Answer) and 200 <= result.status < 300 else None
    field = document.get("field") if isinstance(document, dict) else None
    number = str(field.get("id")) if isinstance(field, dict) else ""
    return int(number) if number.isdigit() else None


def _post(http: Http, settings: Settings, path: str, body: payload.Body) -> Answer | Failure:
    return http.post(payload.url(settings, path), body=payload.as_bytes(body), headers=payload.headers(settings))


def _problem(result: Answer | Failure) -> str:
    return result.reason if isinstance(result, Failure) else f"ActiveCampaign answered {result.status}."
