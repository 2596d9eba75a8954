"""How is MoEngage told that an address wants nothing more? The attribute `moe_unsubscribe` of the user; nobody is made one.

https://www.moengage.com/docs/api/user/track-user
It knows people by an id, and an opt-out names an address: it can be told only where the id is the email address.
"""

from __future__ import annotations

from urllib.parse import quote

from integrations import fates
from integrations.contract import Fate, Outcome, Settings
from integrations.http import Failure, Http
from integrations.providers.moengage.answers import problem
from integrations.providers.moengage.client import request


def tell(http: Http, settings: Settings, address: str) -> Outcome:
    """One user, by email address."""
    if settings["id_field"] != "email":
        return Outcome("", Fate.REFUSED, "MoEngage can be told only by a connection whose id in MoEngage is the email address.")
    user = {"type": "customer", "customer_id": address, "update_existing_only": True, "attributes": {"moe_unsubscribe": True}}
    result = request(http, settings, f"/v1/customer/{quote(settings['workspace'], safe='')}", user, settings["data_key"])
    if not isinstance(result, Failure) and result.status == 200 and problem(result, settings["data_key"]):
        return Outcome("", Fate.REFUSED, "MoEngage did not take it.")
    return fates.of_telling("MoEngage", result)
