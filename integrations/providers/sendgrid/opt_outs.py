"""How is SendGrid told that an address wants nothing more? It goes on the list of global unsubscribes.

https://www.twilio.com/docs/sendgrid/api-reference/suppressions-global-suppressions/add-recipient-addresses-to-the-global-suppression-group
"""

from __future__ import annotations

import json

from integrations import fates
from integrations.contract import Outcome, Settings
from integrations.http import Http
from integrations.providers.sendgrid.payload import api, headers


def tell(http: Http, settings: Settings, address: str) -> Outcome:
    """Needs the scope Unsubscribe Groups."""
    body = json.dumps({"recipient_emails": [address]}, ensure_ascii=False).encode("utf-8", "replace")
    return fates.of_telling("SendGrid", http.post(f"{api(settings)}/v3/asm/suppressions/global", body=body, headers=headers(settings)))
