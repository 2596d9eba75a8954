"""What became of a job of profiles? Klaviyo works on it for a while, and then lists whom it could not write, and why.

https://developers.klaviyo.com/en/reference/get_bulk_import_profiles_job
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from integrations.contract import Fate, Outcome, Settings, Stop
from integrations.http import Answer, Failure, Http, scrub
from integrations.providers.klaviyo import payload
from integrations.providers.klaviyo.answers import STOPS

PAGE, PAGES = 20, 500
"""Errors of a page, which hold whole profiles; and as many pages as a full job can have."""


def poll(http: Http, settings: Settings, job: str) -> Iterator[Outcome]:
    """Nothing while the job runs; then those in its errors are refused, and all others accepted."""
    path = f"profile-bulk-import-jobs/{quote(job, safe='')}"
    result = _get(http, settings, path)
    if not isinstance(result, Answer):
        yield result
        return
    about = _dict(_dict(result.json()).get("data")).get("attributes")
    status = _dict(about).get("status")
    total, completed, failed = (_count(_dict(about).get(f"{word}_count")) for word in ("total", "completed", "failed"))
    if status == "cancelled":
        yield Outcome("", Fate.LATER, "Klaviyo cancelled the job.")
    if status != "complete":
        return
    refused: dict[str, str] = {}
    if failed:
        found = _failed(http, settings, path)
        if isinstance(found, Outcome):
            yield found
            return
        refused = found
    yield from (Outcome(address, Fate.REFUSED, why) for address, why in refused.items())
    if completed + failed < total:
        yield Outcome(
            "", Fate.UNSURE, f"Klaviyo says that this job is complete, and speaks of {completed + failed} of its {total} profiles."
        )
    elif len(refused) >= failed:
        yield Outcome("", Fate.ACCEPTED)
    else:
        yield Outcome("", Fate.UNSURE, f"Klaviyo could not write {failed} profiles of this job, and did not say which.")


def _failed(http: Http, settings: Settings, path: str) -> dict[str, str] | Outcome:
    """Address -> why it was not written; or why that cannot be asked now."""
    refused: dict[str, str] = {}
    cursor = ""
    for _ in range(PAGES):
        query = {"page[size]": PAGE} | ({"page[cursor]": cursor} if cursor else {})
        result = _get(http, settings, f"{path}/import-errors?{urlencode(query)}")
        if not isinstance(result, Answer):
            return result
        document = _dict(result.json())
        data = document.get("data")
        for error in data if isinstance(data, list) else ():
            about = _dict(_dict(error).get("attributes"))
            address = _find_text(about.get("original_payload"), settings["known_by"])
            if address:
                refused[address] = scrub(str(about.get("detail") or about.get("title") or "no reason given"), [settings["api_key"]])
        following = parse_qs(urlsplit(str(_dict(document.get("links")).get("next") or "")).query)
        cursor = following.get("page[cursor]", [""])[0]
        if not cursor:
            break
    return refused


def _get(http: Http, settings: Settings, path: str) -> Answer | Outcome:
    """The answer, or what to do without one: ask again later."""
    result = http.request("GET", payload.url(settings, path), headers=payload.headers(settings))
    if isinstance(result, Failure):
        if result.forbidden:
            raise Stop(result.reason)
        return Outcome("", Fate.PENDING, result.reason)
    if result.status == 200:
        return result
    if result.status == 404:
        return Outcome("", Fate.UNSURE, "Klaviyo no longer knows the job.")
    if result.status in STOPS:
        raise Stop(STOPS[result.status])
    wait = result.wait(0, "Klaviyo asks for a pause.") if result.status == 429 else None
    return Outcome("", Fate.PENDING, f"Klaviyo answered {result.status}.", wait=wait)


def _find_text(document: Any, key: str) -> str:
    """The value of a key, however deep it lies."""
    if isinstance(document, dict):
        if isinstance(document.get(key), str):
            return str(document[key])
        return next((found for value in document.values() if (found := _find_text(value, key))), "")
    if isinstance(document, list):
        return next((found for value in document if (found := _find_text(value, key))), "")
    return ""


def _count(found: Any) -> int:
    return found if isinstance(found, int) else 0


def _dict(found: Any) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}
