"""What became of an import? ActiveCampaign works on it for a while, and then lists the addresses that it could not write.

https://developers.activecampaign.com/reference/bulk-import-status-info
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from integrations.contract import Fate, Outcome, Settings, Stop
from integrations.http import Failure, Http
from integrations.providers.activecampaign import payload
from integrations.providers.activecampaign.answers import STOPS


def poll(http: Http, settings: Settings, job: str) -> Iterator[Outcome]:
    """Nothing while the import runs; then those in `failure` are refused, and all others written. `job` ends with how many they are."""
    id, _, count = job.rpartition("/")
    where = payload.url(settings, f"import/info?batchId={quote(id, safe='')}")
    result = http.request("GET", where, headers=payload.headers(settings))
    if isinstance(result, Failure):
        if result.forbidden:
            raise Stop(result.reason)
        yield Outcome("", Fate.PENDING, result.reason)
        return
    if result.status != 200:
        if result.status in STOPS and result.status != 404:
            raise Stop(STOPS[result.status])
        wait = result.wait(0, "ActiveCampaign asks for a pause.") if result.status == 429 else None
        known = result.status not in {400, 404}
        why = f"ActiveCampaign answered {result.status}." if known else "ActiveCampaign no longer knows the import."
        yield Outcome("", Fate.PENDING if known else Fate.UNSURE, why, wait=wait)
        return
    said = result.json()
    done, failed = (said.get("success"), said.get("failure")) if isinstance(said, dict) else (None, None)
    if not isinstance(said, dict) or said.get("status") != "completed" or not isinstance(done, list) or not isinstance(failed, list):
        return
    yield from (
        Outcome(address, Fate.REFUSED, "ActiveCampaign could not write this contact.") for address in failed if isinstance(address, str)
    )
    if len(done) + len(failed) == int(count or 0):
        yield Outcome("", Fate.ACCEPTED)
    else:
        yield Outcome("", Fate.UNSURE, f"ActiveCampaign says that this import is done, and speaks of {len(done) + len(failed)} of {count}.")
