"""How is Mandrill told that an address wants nothing more? It goes on the denylist.

https://mailchimp.com/developer/transactional/api/rejects/add-email-to-denylist/
"""

from __future__ import annotations

from integrations import opt_outs
from integrations.contract import Outcome, Settings
from integrations.http import Http
from integrations.providers.mandrill.payload import request


def tell(http: Http, settings: Settings, address: str) -> Outcome:
    """Adding who is there already is a yes."""
    url, headers = request(settings, "rejects/add")
    body = opt_outs.as_json({"key": settings["api_key"], "email": address, "comment": "Unsubscribed at Largesse"})
    return opt_outs.outcome("Mandrill", http.post(url, body=body, headers=headers))
