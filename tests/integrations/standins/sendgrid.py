"""SendGrid over a whole run: a thousand recipients a call, and an address nobody has refuses the whole call by its index."""

import json
from typing import Any, ClassVar

from tests.integrations.recordings.sendgrid import error
from tests.integrations.recordings.sendgrid import settings as recorded
from tests.integrations.replies import Reply, Seen
from tests.integrations.standins import StandIn, is_nobody


class SendGrid(StandIn):
    MODE = "mail"
    PARTS: ClassVar = {
        "from_email": "hello@maple.example",
        "from_name": "Maple & Rye",
        "subject": "For {{ customer.first_name }}",
        "text": "Your code: {{ voucher.code }}",
    }

    def settings(self, url: str) -> dict[str, str]:
        return recorded(url)

    def throttled(self) -> Reply:
        return 429, {"X-RateLimit-Reset": "1"}, error("too many requests")

    def reply(self, seen: Seen) -> Reply:
        if no := self.sending():
            return no
        call = json.loads(seen.body)
        people: list[dict[str, Any]] = call["personalizations"]
        addresses = [person["to"][0]["email"] for person in people]
        if seen.headers.get("authorization") != "Bearer SG.hidden-word" or len(people) > 1000 or len(set(addresses)) < len(addresses):
            self.wrong.append(f"{len(people)} recipients, {len(set(addresses))} addresses")
            return 400, {}, error("wrong")
        if bad := [n for n, address in enumerate(addresses) if is_nobody(address)]:
            return 400, {}, error("Does not contain a valid address.", *(f"personalizations.{n}.to.0.email" for n in bad))
        words = call["content"][0]["value"]
        messages = []
        for address, person in zip(addresses, people, strict=True):
            text = words
            for mark, value in person["substitutions"].items():
                text = text.replace(mark, value)
            messages.append((address, text))
        return "cut" if self.took(*messages) else (202, {"X-Message-Id": f"sg{self.sends}"}, b"")


STANDIN = SendGrid
