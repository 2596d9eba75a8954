"""Mailgun over a whole run: a thousand recipients a call, and an address nobody has refuses the whole call without being named."""

from typing import ClassVar

from tests.integrations.recordings.mailgun import NO_ADDRESS, TAKEN, error, form, variables
from tests.integrations.recordings.mailgun import settings as recorded
from tests.integrations.replies import Reply, Seen
from tests.integrations.standins import StandIn, is_nobody


class Mailgun(StandIn):
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
        said = "Domain mg.maple.example is not allowed to send: account-requests-per-sec limit exceeded, try again after 20 seconds"
        return 429, {}, error(said)

    def reply(self, seen: Seen) -> Reply:
        if no := self.sending():
            return no
        said, values = form(seen), variables(seen)
        addresses = said["to"]
        if len(addresses) > 1000 or set(values) != set(addresses) or len(set(addresses)) < len(addresses) or "o:testmode" in said:
            self.wrong.append(f"{len(addresses)} recipients, {len(values)} with variables")
            return 400, {}, error("wrong")
        if any(map(is_nobody, addresses)):
            self._asked -= 1  # looking for one address among ten takes more calls than a test's minute allows
            self.sends -= 1
            return 400, {}, error(NO_ADDRESS)
        messages = []
        for address in addresses:
            text = said["text"][0]
            for name, value in values[address].items():
                text = text.replace(f"%recipient.{name}%", value)
            if "%recipient." in text:
                self.wrong.append(f"{address} was sent a variable: {text}")
            messages.append((address, text))
        return "cut" if self.took(*messages) else TAKEN


STANDIN = Mailgun
