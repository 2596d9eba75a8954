"""Mandrill over a whole run: a thousand recipients a call, and a line for each in the answer."""

import json
from typing import Any, ClassVar

from tests.integrations.recordings.mandrill import error, line
from tests.integrations.recordings.mandrill import settings as recorded
from tests.integrations.replies import Reply, Seen
from tests.integrations.standins import StandIn, is_nobody


class Mandrill(StandIn):
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
        return 429, {"Retry-After": "20"}, error("RequestLimitExceeded", "Too many requests")

    def reply(self, seen: Seen) -> Reply:
        if no := self.sending():
            return no
        call = json.loads(seen.body)
        said: dict[str, Any] = call["message"]
        addresses = [to["email"] for to in said["to"]]
        if call["key"] != "md-hidden-word" or len(addresses) > 1000 or said["preserve_recipients"] or len(set(addresses)) < len(addresses):
            self.wrong.append(f"{len(addresses)} recipients, {len(set(addresses))} addresses")
            return 422, {}, error("ValidationError", "wrong", -2)
        values = {about["rcpt"]: about["vars"] for about in said["merge_vars"]}
        messages = []
        for address in addresses:
            text = said["text"]
            for var in values[address]:
                text = text.replace(f"*|{var['name']}|*", var["content"])
            if "*|" in text:
                self.wrong.append(f"{address} was sent a merge tag: {text}")
            if not is_nobody(address):
                messages.append((address, text))
        lines = [line(address, "invalid" if is_nobody(address) else "queued") for address in addresses]
        return "cut" if self.took(*messages) else (200, {}, json.dumps(lines).encode())


STANDIN = Mandrill
