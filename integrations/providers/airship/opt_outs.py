"""How is Airship told that an address wants nothing more? Its e-mail channel is suppressed; nobody is registered by that.

https://www.airship.com/docs/developer/rest-api/ua/operations/email/#suppressemailchannel
"""

from __future__ import annotations

from integrations import fates
from integrations.contract import Fate, Outcome, Settings
from integrations.http import Failure, Http
from integrations.providers.airship.answers import error_of
from integrations.providers.airship.client import request


def tell(http: Http, settings: Settings, address: str) -> Outcome:
    """Who has no channel there (404, in Airship's form) has nothing to leave."""
    result = request(http, settings, "POST", "/api/channels/email/suppress", {"address": address, "reason": "imported"})
    if not isinstance(result, Failure) and result.status == 404 and error_of(result, settings["token"]):
        return Outcome("", Fate.ACCEPTED)
    return fates.of_telling("Airship", result)
