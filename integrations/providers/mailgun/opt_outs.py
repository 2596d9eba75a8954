"""How is Mailgun told that an address wants nothing more? It is unsubscribed from every tag of the domain.

https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/unsubscribe
"""

from __future__ import annotations

from urllib.parse import urlencode

from integrations import fates
from integrations.contract import Outcome, Settings
from integrations.http import Http
from integrations.providers.mailgun.payload import api, authorization


def tell(http: Http, settings: Settings, address: str) -> Outcome:
    """A sending key may not do this: Mailgun then answers 401 or 403."""
    body = urlencode({"address": address, "tag": "*"}).encode()
    sent = {**authorization(settings), "Content-Type": "application/x-www-form-urlencoded"}
    return fates.of_telling("Mailgun", http.post(f"{api(settings)}/v3/{settings['domain']}/unsubscribes", body=body, headers=sent))
