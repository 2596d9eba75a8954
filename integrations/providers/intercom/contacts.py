"""Write values to custom attributes of contacts: one search finds all of a call, then each is written by itself.

https://developers.intercom.com/docs/references/rest-api/api.intercom.io/contacts
Intercom has no call for many contacts. Who came to be a moment ago may not be found by searching yet: by external id they are
asked for once more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from integrations.contract import Batch, Fate, Message, Outcome, PeerTrouble, Settings
from integrations.http import Answer, Failure, Http
from integrations.providers.intercom.answers import NO_CONTACT, SameWords, error_of, other, refused, used_up
from integrations.providers.intercom.client import json_object, request

ITEMS = 50
"""As many as one search asks for."""
_PAGE = 150
"""The most that a page of a search has: two contacts may have one address."""
_EXISTING = re.compile(r"\bid=([0-9a-f]{24})\b")


def send(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome]:
    """Find everybody, then write to each; after the first that is throttled nobody else is asked about."""
    found = find(http, settings, batch.messages)
    if not isinstance(found, dict):
        yield from other(found, batch.messages, safe=True)
        return
    words, wait, makes = SameWords(), None, bool(settings["new_contacts"])
    for message in batch.messages:
        if wait is not None:
            yield Outcome(message.id, Fate.LATER, wait.why, trouble=PeerTrouble.UNTRIED)
            continue
        outcome = words.heard(_written(http, settings, message, found.get(message.address.casefold(), ""), makes))
        wait = outcome.wait
        yield outcome


def find(http: Http, settings: Settings, messages: tuple[Message, ...]) -> dict[str, str] | Answer | Failure:
    """Address in small letters -> Intercom's id of the contact; or the answer that was none."""
    field, addresses = settings["known_by"], list(dict.fromkeys(message.address for message in messages))
    if field == "id":
        return {address.casefold(): address for address in addresses}
    query = {"field": field, "operator": "IN", "value": addresses}
    result = request(http, settings, "POST", "/contacts/search", {"query": query, "pagination": {"per_page": _PAGE}}, len(messages))
    contacts = _listed(result)
    return result if contacts is None else by_address(contacts, field)


def by_address(contacts: list[dict[str, Any]], field: str) -> dict[str, str]:
    """Address in small letters -> id. Users come before leads, who may have the same address."""
    users_last = sorted(contacts, key=lambda contact: contact.get("role") == "user")
    return {str(contact.get(field) or "").casefold(): str(contact.get("id") or "") for contact in users_last}


def _listed(result: Answer | Failure) -> list[dict[str, Any]] | None:
    if isinstance(result, Failure) or result.status != 200:
        return None
    body = json_object(result)
    data = body.get("data")
    if body.get("type") != "list" or not isinstance(data, list) or not all(isinstance(one, dict) for one in data):
        return None
    return data


def _written(http: Http, settings: Settings, message: Message, id: str, makes: bool) -> Outcome:
    """One contact: written, made where that is wanted, or refused."""
    if id:
        return _put(http, settings, message, id)
    if makes:
        return _made(http, settings, message)
    if settings["known_by"] != "external_id":
        return Outcome(message.id, Fate.REFUSED, NO_CONTACT)
    result = request(http, settings, "GET", f"/contacts/find_by_external_id/{quote(message.address, safe='')}")
    if isinstance(result, Answer) and result.status == 200 and (id := contact_id(result)):
        return _put(http, settings, message, id)
    return _said(settings, result, message)


def _put(http: Http, settings: Settings, message: Message, id: str) -> Outcome:
    """An empty value clears the attribute, which may have been set by an earlier message."""
    result = request(http, settings, "PUT", f"/contacts/{quote(id, safe='')}", {"custom_attributes": _attributes(message)})
    return _said(settings, result, message, id)


def _made(http: Http, settings: Settings, message: Message) -> Outcome:
    """Who exists after all (409) is written to by the id that the answer names."""
    about = {
        "external_id": message.address if settings["known_by"] == "external_id" else "",
        "email": message.email,
        "phone": message.phone,
    }
    body = {"role": "user", **{name: value for name, value in about.items() if value}, "custom_attributes": _attributes(message)}
    result = request(http, settings, "POST", "/contacts", body)
    if isinstance(result, Answer) and result.status == 409 and (error := error_of(result, settings["token"])):
        existing = _EXISTING.search(error.text)
        if existing:
            return _put(http, settings, message, existing[1])
    return _said(settings, result, message, contact_id(result) if isinstance(result, Answer) else "")


def _said(settings: Settings, result: Answer | Failure, message: Message, id: str = "") -> Outcome:
    """Taken only where the answer is that very contact."""
    if isinstance(result, Answer):
        if result.status == 200 and id and contact_id(result) == id:
            return Outcome(message.id, Fate.ACCEPTED, wait=used_up(result, message))
        if outcome := refused(result, message, settings["token"]):
            return outcome
    return next(other(result, (message,), safe=True))


def contact_id(answer: Answer) -> str:
    """The id of the contact that an answer is; empty where it is none."""
    body = json_object(answer)
    return str(body.get("id") or "") if body.get("type") == "contact" else ""


def _attributes(message: Message) -> dict[str, Any]:
    return {name: value if value != "" else None for name, value in message.data.items()}
