"""Batch over a whole run of events, written from its pages: it takes a call and leaves out of it what it does not take."""

import json
import re
from typing import Any, ClassVar

from tests.integrations.recordings.batch import refused
from tests.integrations.recordings.batch import settings as recorded
from tests.integrations.replies import Reply, Seen
from tests.integrations.standins import StandIn, is_nobody

NAME = re.compile(r"[a-z0-9_]{1,30}")
KNOWN = {"operation": {"identifiers", "attributes", "events"}, "event": {"name", "time", "attributes"}}


class BatchStandIn(StandIn):
    MODE: ClassVar[str] = "events"
    PARTS: ClassVar[dict[str, str]] = {"field:voucher_code": "{{ voucher.code }}"}

    def settings(self, url: str) -> dict[str, str]:
        return recorded(url)

    def throttled(self) -> Reply:
        return 429, {}, refused("TOO_MANY_REQUESTS")

    def reply(self, seen: Seen) -> Reply:
        wanted = recorded("")
        if seen.headers.get("authorization") != f"Bearer {wanted['api_key']}" or seen.headers.get("x-batch-project") != wanted["project"]:
            self.wrong.append("no key or no project")
            return 401, {}, refused("AUTHENTICATION_INVALID")
        most = {"/2.11/profiles/update": 200, "/2.11/profiles/mass-update": 10_000}.get(seen.path)
        if most is None:
            self.wrong.append(seen.path)
            return 404, {}, refused("ROUTE_NOT_FOUND")
        if seen.body == b"[]":
            self.others += 1
            return 400, {}, refused("MALFORMED_PARAMETER")
        return self.sending() or self._taken(json.loads(seen.body), most)

    def _taken(self, operations: list[dict[str, Any]], most: int) -> Reply:
        if len(operations) > most or not all(_has_a_form_it_knows(one) for one in operations):
            self.wrong.append(f"{len(operations)} operations, or one that is none")
            return 400, {}, refused("MALFORMED_PARAMETER")
        errors, kept = [], []
        for at, one in enumerate(operations):
            who = one["identifiers"]["custom_id"]
            lost = (
                "custom_id"
                if is_nobody(who)
                else next((key for event in one["events"] for key in event["attributes"] if _bad(event, key)), "")
            )
            if lost:
                errors.append({"category": "event", "bulk_index": at, "reason": "It is not taken.", "attribute": lost})
            else:
                kept.append((who, json.dumps(one["events"])))
        said = {"code": "SUCCESS_WITH_PARTIAL_ERRORS", "errors": errors} if errors else {"code": "SUCCESS"}
        return "cut" if self.took(*kept) else (202, {}, json.dumps(said).encode())


def _has_a_form_it_knows(one: dict[str, Any]) -> bool:
    events: list[dict[str, Any]] = one.get("events", [])
    return (
        one.keys() <= KNOWN["operation"]
        and one["identifiers"].keys() in ({"custom_id"}, {"installation"})
        and len(events) <= 15
        and all(event.keys() <= KNOWN["event"] and NAME.fullmatch(event["name"]) for event in events)
    )


def _bad(event: dict[str, Any], key: str) -> bool:
    value = event["attributes"][key]
    return not NAME.fullmatch(key) or (isinstance(value, str) and not 1 <= len(value) <= 300)


STANDIN = BatchStandIn
