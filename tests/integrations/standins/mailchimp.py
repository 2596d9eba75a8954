"""Mailchimp over a whole run: 500 contacts a call, written again without harm, and an address nobody has among the errors."""

import json
from typing import ClassVar

from tests.integrations.recordings.mailchimp import members
from tests.integrations.recordings.mailchimp import settings as recorded
from tests.integrations.replies import Reply, Seen
from tests.integrations.standins import StandIn


class Mailchimp(StandIn):
    MODE = "members"
    PARTS: ClassVar = {"field:VCODE": "{{ voucher.code }}", "field:VUNTIL": "{{ voucher.expires | date: '%Y-%m-%d' }}"}

    def settings(self, url: str) -> dict[str, str]:
        return recorded(url)

    def throttled(self) -> Reply:
        return 403, {}, b"<html>too many connections</html>"

    def reply(self, seen: Seen) -> Reply:
        if seen.method == "GET":
            self.others += 1
            return 200, {}, b'{"id": "a6b5da1054"}'
        if no := self.sending():
            return no
        people = json.loads(seen.body)["members"]
        if len(people) > 500 or not seen.headers.get("authorization", "").startswith("Basic "):
            self.wrong.append(f"{len(people)} contacts")
        if any("status" in one for one in people):
            self.wrong.append("somebody's status would change")
        fine: list[str] = []
        answer = members(seen, fine, "success")
        known = {one["email_address"]: json.dumps(one["merge_fields"]) for one in people}
        return "cut" if self.took(*((address, known[address]) for address in fine)) else answer


STANDIN = Mailchimp
