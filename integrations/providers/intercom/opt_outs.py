"""How is Intercom told that an address wants nothing more? Every contact with it becomes unsubscribed from e-mails; nobody is made one.

https://developers.intercom.com/docs/references/rest-api/api.intercom.io/contacts/updatecontact
"""

from __future__ import annotations

from urllib.parse import quote

from integrations import fates
from integrations.contract import Fate, Outcome, Settings
from integrations.http import Failure, Http
from integrations.providers.intercom.client import json_object, request


def tell(http: Http, settings: Settings, address: str) -> Outcome:
    """A search, and a change of each that it finds; who is no contact has nothing to leave."""
    query = {"field": "email", "operator": "=", "value": address}
    result = request(http, settings, "POST", "/contacts/search", {"query": query})
    if isinstance(result, Failure) or result.status != 200:
        return fates.of_telling("Intercom", result)
    found = json_object(result).get("data")
    if not isinstance(found, list):
        return Outcome("", Fate.LATER, "Intercom answered 200, but not as it should.")
    for contact in found:
        id = str(contact.get("id") or "") if isinstance(contact, dict) else ""
        told = fates.of_telling(
            "Intercom", request(http, settings, "PUT", f"/contacts/{quote(id, safe='')}", {"unsubscribed_from_emails": True})
        )
        if told.fate is not Fate.ACCEPTED:
            return told
    return Outcome("", Fate.ACCEPTED)
