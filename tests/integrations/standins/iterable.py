"""Iterable over a whole run of profiles, written from its Swagger document: it refuses every field that the document does not have."""

import json
from typing import Any, ClassVar

from tests.integrations.recordings.iterable import counts, said
from tests.integrations.recordings.iterable import settings as recorded
from tests.integrations.replies import Reply, Seen
from tests.integrations.standins import StandIn, is_nobody

LARGEST = 4 * 1024 * 1024
REQUEST = {"users", "createNewFields"}
USER = {"email", "userId", "dataFields", "mergeNestedObjects", "preferUserId"}
FIELDS = {"email", "userId", "voucher_code"}
"""What the project has; `createNewFields` is what adds more."""


class Iterable(StandIn):
    MODE: ClassVar[str] = "profiles"
    PARTS: ClassVar[dict[str, str]] = {"field:voucher_code": "{{ voucher.code }}"}

    def settings(self, url: str) -> dict[str, str]:
        return recorded(url)

    def throttled(self) -> Reply:
        return 429, {}, said("RateLimitExceeded", "Too many requests")

    def reply(self, seen: Seen) -> Reply:
        if seen.headers.get("api-key") != "hidden-word-of-iterable":
            self.wrong.append("no key")
            return 401, {}, said("BadApiKey", "Invalid API key")
        if (seen.method, seen.path) == ("GET", "/api/users/getFields"):
            self.others += 1
            return 200, {}, json.dumps({"fields": dict.fromkeys(FIELDS, "string")}).encode()
        if (seen.method, seen.path) != ("POST", "/api/users/bulkUpdate"):
            self.wrong.append(f"{seen.method} {seen.path}")
            return 404, {}, said("NotFound", "Not found")
        return self.sending() or self._updated(seen)

    def _updated(self, seen: Seen) -> Reply:
        body = json.loads(seen.body)
        users: list[dict[str, Any]] = body.get("users", [])
        if len(seen.body) > LARGEST:
            self.wrong.append(f"{len(seen.body)} bytes")
            return 413, {}, said("BatchTooLarge")
        if not body.keys() <= REQUEST or not all(user.keys() <= USER and ("email" in user) != ("userId" in user) for user in users):
            self.wrong.append("fields that the document does not have, or no one identifier")
            return 400, {}, said("BadParams", "Invalid params")
        dropped = {name for user in users for name in user["dataFields"]} - FIELDS if not body.get("createNewFields") else set()
        people = [(str(user.get("email") or user.get("userId")), user["dataFields"]) for user in users]
        unwanted = [who for who, _ in people if is_nobody(who)]
        kept = [(who, json.dumps({k: v for k, v in about.items() if k not in dropped})) for who, about in people if not is_nobody(who)]
        return "cut" if self.took(*kept) else (200, {}, counts(len(people), *unwanted, filteredOutFields=sorted(dropped)))


STANDIN = Iterable
