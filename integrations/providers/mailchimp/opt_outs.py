"""How is Mailchimp told that an address wants nothing more? The contact leaves the audience; who is no contact there has nothing to leave.

https://mailchimp.com/developer/marketing/api/list-members/update-list-member/
"""

from __future__ import annotations

from integrations import fates
from integrations.contract import Fate, Outcome, Settings
from integrations.http import Failure, Http
from integrations.providers.mailchimp.client import contact_id, request


def tell(http: Http, settings: Settings, address: str) -> Outcome:
    """PATCH changes contacts and makes none."""
    result = request(http, settings, "PATCH", f"/lists/{settings['audience']}/members/{contact_id(address)}", {"status": "unsubscribed"})
    if not isinstance(result, Failure) and result.status == 404:
        return Outcome("", Fate.ACCEPTED)
    return fates.of_telling("Mailchimp", result)
