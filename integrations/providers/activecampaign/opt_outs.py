"""How is ActiveCampaign told that an address wants nothing more? The contact leaves lists, by an import of one.

https://developers.activecampaign.com/reference/bulk-import-contacts
"""

from __future__ import annotations

from integrations import fates
from integrations.contract import Fate, Outcome, Settings
from integrations.http import Http
from integrations.providers.activecampaign import payload


def tell(http: Http, settings: Settings, address: str) -> Outcome:
    """Every list that the connection names, in one call; no automation runs for it."""
    lists = [{"listid": number} for number in payload.opt_out_lists(settings)]
    if not lists:
        return Outcome("", Fate.REFUSED, "The connection names no list of ActiveCampaign that people leave.")
    body = {"contacts": [{"email": address, "exclude_automations": True, "unsubscribe": lists}]}
    where = payload.url(settings, "import/bulk_import")
    return fates.of_telling("ActiveCampaign", http.post(where, body=payload.as_bytes(body), headers=payload.headers(settings)))
