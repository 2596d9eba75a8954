"""Intercom over a whole run of events, by its OpenAPI document 2.16: one a call, and it refuses what the document does not know."""

import json
from typing import ClassVar

from tests.integrations.recordings.intercom import error
from tests.integrations.recordings.intercom import settings as recorded
from tests.integrations.replies import Reply, Seen
from tests.integrations.standins import StandIn, is_nobody

KNOWN = {"event_name", "created_at", "user_id", "id", "email", "metadata"}
"""Properties of `create_data_event_request`."""


class Intercom(StandIn):
    MODE: ClassVar[str] = "events"
    PARTS: ClassVar[dict[str, str]] = {"field:voucher_code": "{{ voucher.code }}", "option:event": "voucher-assigned"}

    def settings(self, url: str) -> dict[str, str]:
        return recorded(url)

    def throttled(self) -> Reply:
        status, headers, body = error(429, "rate_limit_exceeded", "Exceeded rate limit of 1667 in 10_seconds")
        return status, headers | {"X-RateLimit-Remaining": "0"}, body

    def reply(self, seen: Seen) -> Reply:
        if no := self.sending():
            return no
        if seen.headers.get("authorization") != "Bearer hidden-word-of-intercom":
            self.wrong.append("no token")
            return error(401, "unauthorized", "Access Token Invalid")
        said = json.loads(seen.body)
        identified = [key for key in ("user_id", "id", "email") if said.get(key)]
        if (
            (seen.method, seen.path, seen.headers.get("intercom-version")) != ("POST", "/events", "2.16")
            or set(said) - KNOWN
            or len(identified) != 1
            or not isinstance(said.get("event_name"), str)
            or not isinstance(said.get("created_at"), int)
            or len(said.get("metadata", {})) > 10
            or not all(isinstance(value, str) for value in said.get("metadata", {}).values())
        ):
            self.wrong.append(f"{seen.method} {seen.path} {said}")
            return error(400, "parameter_invalid", "Something is not known.")
        who = said[identified[0]]
        if is_nobody(who):
            return error(404, "not_found", "User Not Found")
        return "cut" if self.took((who, json.dumps(said["metadata"]))) else (202, {}, b"")


STANDIN = Intercom
