"""How is Mandrill told that an address wants nothing more? It goes on the denylist.

https://mailchimp.com/developer/transactional/api/rejects/add-email-to-denylist/
"""

from __future__ import annotations

import json

from integrations import fates
from integrations.contract import Outcome, Settings
from integrations.http import Http
from integrations.providers.mandrill.payload import request


def tell(http: Http, settings: Settings, address: str) -> Outcome:
    """Adding who is there already is a yes."""
    url, headers = request(settings, "rejects/add")
    body = json.dumps({"key": settings["api_key"], "email": address, "comment": "Unsubscribed at Largesse"}, ensure_ascii=False).encode(
        "utf-8", "replace"
    )
    return fates.of_telling("Mandrill", http.post(url, body=body, headers=headers))
