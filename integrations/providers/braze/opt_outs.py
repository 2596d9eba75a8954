"""How is Braze told that an address wants nothing more? Its e-mail status becomes unsubscribed.

https://www.braze.com/docs/api/endpoints/email/post_email_subscription_status
"""

from __future__ import annotations

from integrations import opt_outs
from integrations.contract import Outcome, Settings
from integrations.http import Http
from integrations.providers.braze.payload import api, headers


def tell(http: Http, settings: Settings, address: str) -> Outcome:
    """Needs the permission email.status of the key."""
    body = opt_outs.as_json({"email": address, "subscription_state": "unsubscribed"})
    return opt_outs.outcome("Braze", http.post(f"{api(settings)}/email/status", body=body, headers=headers(settings)))
