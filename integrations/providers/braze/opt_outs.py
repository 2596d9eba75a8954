"""How is Braze told that an address wants nothing more? Its e-mail status becomes unsubscribed.

https://www.braze.com/docs/api/endpoints/email/post_email_subscription_status
"""

from __future__ import annotations

import json

from integrations import fates
from integrations.contract import Outcome, Settings
from integrations.http import Http
from integrations.providers.braze.payload import api, headers


def tell(http: Http, settings: Settings, address: str) -> Outcome:
    """Needs the permission email.status of the key."""
    body = json.dumps({"email": address, "subscription_state": "unsubscribed"}, ensure_ascii=False).encode("utf-8", "replace")
    return fates.of_telling("Braze", http.post(f"{api(settings)}/email/status", body=body, headers=headers(settings)))
