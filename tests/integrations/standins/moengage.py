"""MoEngage over a whole run of alerts, by its OpenAPI document of Inform: one a call, and it remembers each transaction for five minutes.

Not a run of attributes: of those it takes whole calls with a 200, and tells nobody whom it could not use.
"""

import base64
import json
from dataclasses import dataclass, field
from typing import ClassVar

from tests.integrations.recordings.moengage import OPTIONS, WORKSPACE, inform_error
from tests.integrations.recordings.moengage import settings as recorded
from tests.integrations.replies import Reply, Seen
from tests.integrations.standins import StandIn, is_nobody

KNOWN = {"alert_id", "alert_reference_name", "user_id", "transaction_id", "payloads"}
"""Properties of `InformRequest`."""
KNOWN_OF_CHANNEL = {"recipient", "personalized_attributes", "personalized_attachments", "sender_attributes", "live_activity_attributes"}
KEY = "Basic " + base64.b64encode(f"{WORKSPACE}:hidden-word-inform".encode()).decode()


@dataclass
class MoEngage(StandIn):
    MODE: ClassVar[str] = "inform_email"
    PARTS: ClassVar[dict[str, str]] = {"field:voucher_code": "{{ voucher.code }}", "option:alert": OPTIONS["alert"]}

    transactions: set[str] = field(default_factory=set)

    def settings(self, url: str) -> dict[str, str]:
        return recorded(url)

    def throttled(self) -> Reply:
        status, headers, body = inform_error(429, "Rate Limit", "Too many requests", 140110)
        return status, headers | {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "20"}, body

    def reply(self, seen: Seen) -> Reply:
        if no := self.sending():
            return no
        said = json.loads(seen.body)
        if (
            (seen.method, seen.path) != ("POST", "/v1.0/alerts/send")
            or (seen.headers.get("authorization"), seen.headers.get("moe-appkey")) != (KEY, WORKSPACE)
            or set(said) - KNOWN
            or not 0 < len(said["transaction_id"]) <= 50
            or set(said["payloads"]) != {"EMAIL"}
            or set(said["payloads"]["EMAIL"]) - KNOWN_OF_CHANNEL
            or "@" not in said["payloads"]["EMAIL"]["recipient"]
        ):
            self.wrong.append(f"{seen.method} {seen.path} {said}")
            return inform_error(400, "BAD_REQUEST", "Something is not known.", 120000)
        if said["transaction_id"] in self.transactions:
            return inform_error(409, "DUPLICATE_REQUEST_RECEIVED", "Duplicate Transaction ID", 120105)
        if is_nobody(said["user_id"]):
            return inform_error(400, "BAD_REQUEST", "Invalid recipient", 120003)
        self.transactions.add(said["transaction_id"])
        cut = self.took((said["user_id"], json.dumps(said["payloads"]["EMAIL"]["personalized_attributes"])))
        return "cut" if cut else (200, {}, b'{"message": "Successfully Received", "request_id": "6f1d"}')


STANDIN = MoEngage
