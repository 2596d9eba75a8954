"""ActiveCampaign over a whole run, written from its OpenAPI document: fields by their numbers, and imports that take their time.

It refuses an import as a whole where a contact is wrong (`failureReasons`, counted from 1), and fields that the document does not have.
"""

import json
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from tests.integrations.recordings.activecampaign import FIELDS, RATE, asked, failed, fields, queued
from tests.integrations.recordings.activecampaign import settings as recorded
from tests.integrations.replies import Reply, Seen
from tests.integrations.standins import StandIn, is_nobody

CONTACT = {
    "email", "first_name", "last_name", "phone", "customer_acct_name", "tags", "fields", "subscribe", "unsubscribe", "exclude_automations",
}  # fmt: skip


@dataclass
class ActiveCampaign(StandIn):
    MODE: ClassVar[str] = "contacts"
    PARTS: ClassVar[dict[str, str]] = {"field:VOUCHER_CODE": "{{ voucher.code }}"}

    jobs: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    """How many each took, and whom of them it cannot write."""

    def settings(self, url: str) -> dict[str, str]:
        return recorded(url)

    def throttled(self) -> Reply:
        return 400, {}, RATE

    def reply(self, seen: Seen) -> Reply:
        where = urlsplit(seen.path)
        if seen.headers.get("api-token") != "hidden-word-of-ac":
            self.wrong.append("no key")
            return 403, {}, b"{}"
        if (seen.method, where.path) == ("POST", "/api/3/import/bulk_import"):
            return self.sending() or self._imported(seen)
        self.others += 1
        if (seen.method, where.path) == ("GET", "/api/3/fields"):
            return 200, {}, fields()
        if (seen.method, where.path) == ("GET", "/api/3/import/info"):
            total, unwanted = self.jobs[parse_qs(where.query)["batchId"][0]]
            done = [str(number) for number in range(total - len(unwanted))]
            return 200, {}, json.dumps({"status": "completed", "success": done, "failure": unwanted}).encode()
        self.wrong.append(f"{seen.method} {seen.path}")
        return 404, {}, b"{}"

    def _imported(self, seen: Seen) -> Reply:
        body = json.loads(seen.body)
        people = asked(seen)
        known = body.keys() <= {"contacts", "callback"} and all(one.keys() <= CONTACT for one in body["contacts"])
        numbers = all(number in FIELDS.values() for _, values in people for number in values)
        if len(people) > 250 or len(seen.body) > 400_000 or not known or not numbers:
            self.wrong.append(f"{len(people)} contacts, {len(seen.body)} bytes, or what the document does not have")
            return 400, {}, failed()
        if not all(one["exclude_automations"] is True for one in body["contacts"]):
            self.wrong.append("automations run that nobody asked for")
        if malformed := [at for at, (who, _) in enumerate(people, 1) if who.startswith("nobody1")]:
            return 400, {}, failed(*malformed)
        id = f"batch-{len(self.jobs)}"
        unwanted = [who for who, _ in people if is_nobody(who)]
        self.jobs[id] = len(people), unwanted
        cut = self.took(*((who, json.dumps(values)) for who, values in people if not is_nobody(who)))
        return "cut" if cut else (200, {}, queued(len(people), id))


STANDIN = ActiveCampaign
