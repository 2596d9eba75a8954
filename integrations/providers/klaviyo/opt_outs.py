"""How is Klaviyo told that an address wants nothing more? The profile is suppressed for e-mail, by a job.

https://developers.klaviyo.com/en/reference/bulk_suppress_profiles
"""

from __future__ import annotations

import json

from integrations import fates
from integrations.contract import Outcome, Settings
from integrations.http import Http
from integrations.providers.klaviyo.payload import headers, url


def tell(http: Http, settings: Settings, address: str) -> Outcome:
    """Needs the scopes subscriptions:write and profiles:write."""
    profile = {"type": "profile", "attributes": {"email": address}}
    job = {"type": "profile-suppression-bulk-create-job", "attributes": {"profiles": {"data": [profile]}}}
    where = url(settings, "profile-suppression-bulk-create-jobs")
    result = http.post(where, body=json.dumps({"data": job}, ensure_ascii=False).encode("utf-8", "replace"), headers=headers(settings))
    return fates.of_telling("Klaviyo", result)
