"""How is Iterable told that an address wants nothing more? The person leaves a message channel of the project.

https://api.iterable.com/api/docs: `DELETE /api/subscriptions/messageChannel/{id}/user/{email}`, which touches no other channel.
"""

from __future__ import annotations

from urllib.parse import quote

from integrations import fates
from integrations.contract import Fate, Outcome, Settings
from integrations.http import Http
from integrations.providers.iterable.payload import channels, headers, url


def tell(http: Http, settings: Settings, address: str) -> Outcome:
    """Every channel that the connection names, one after the other; the first that cannot be told is the answer."""
    outcome = Outcome("", Fate.REFUSED, "The connection names no message channel of Iterable that people leave.")
    for channel in channels(settings):
        where = url(settings, f"subscriptions/messageChannel/{channel}/user/{quote(address, safe='')}")
        outcome = fates.of_telling("Iterable", http.request("DELETE", where, headers=headers(settings)))
        if outcome.fate is not Fate.ACCEPTED:
            return outcome
    return outcome
