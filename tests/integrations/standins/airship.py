"""Airship over a whole run of custom events, by its OpenAPI document: a hundred a call, and one that is wrong stops the whole call."""

import json
from typing import Any, ClassVar

from tests.integrations.recordings.airship import APP_KEY, error, success
from tests.integrations.recordings.airship import settings as recorded
from tests.integrations.replies import Reply, Seen
from tests.integrations.standins import StandIn, is_nobody

ACCEPT = "application/vnd.urbanairship+json; version=3"
KNOWN = {"occurred", "user", "body"}
KNOWN_OF_BODY = {
    "name", "value", "transaction", "unique_id", "interaction_id", "interaction_type", "session_id", "properties", "external_campaigns",
}  # fmt: skip
"""Properties of `customEventObject`."""


class Airship(StandIn):
    MODE: ClassVar[str] = "events"
    PARTS: ClassVar[dict[str, str]] = {"field:voucher_code": "{{ voucher.code }}", "option:event": "voucher_assigned"}

    def settings(self, url: str) -> dict[str, str]:
        return recorded(url)

    def throttled(self) -> Reply:
        return error(429, 42900, "Too many requests")

    def reply(self, seen: Seen) -> Reply:
        if no := self.sending():
            return no
        if seen.headers.get("accept") != ACCEPT:
            self.wrong.append("no version")
            return error(406, 40601, "Not acceptable")
        if (seen.headers.get("authorization"), seen.headers.get("x-ua-appkey")) != ("Bearer hidden-word-of-airship", APP_KEY):
            self.wrong.append("no token")
            return error(401, 40101, "Unauthorized")
        said = json.loads(seen.body)
        if (seen.method, seen.path) != ("POST", "/api/custom-events") or not 1 <= len(said) <= 100 or len(seen.body) > 5 * 1024 * 1024:
            self.wrong.append(f"{seen.method} {seen.path} {len(said)}")
            return error(400, 40000, "Not that many.")
        for number, one in enumerate(said):
            if not self._knows(one):
                self.wrong.append(str(one))
                return error(400, 40000, "Could not parse request body.", f"[{number}]")
            if is_nobody(one["user"]["named_user_id"]):
                return error(400, 40000, "Could not parse request body.", f"[{number}].user.named_user_id")
        cut = self.took(*((one["user"]["named_user_id"], json.dumps(one["body"]["properties"])) for one in said))
        return "cut" if cut else success(seen)

    @staticmethod
    def _knows(one: dict[str, Any]) -> bool:
        name = one["body"]["name"]
        return (
            not set(one) - KNOWN and not set(one["body"]) - KNOWN_OF_BODY and set(one["user"]) == {"named_user_id"} and name == name.lower()
        )


STANDIN = Airship
