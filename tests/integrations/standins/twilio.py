"""Twilio over a whole run: one message a call, with the error of each magic number, and 429 for too many calls."""

import base64
from urllib.parse import parse_qsl

from tests.integrations.recordings.twilio import SID, TOKEN, error
from tests.integrations.recordings.twilio import settings as recorded
from tests.integrations.replies import Reply, Seen
from tests.integrations.standins import StandIn, is_nobody


class Twilio(StandIn):
    MODE = "sms"

    def settings(self, url: str) -> dict[str, str]:
        return recorded(url) | {"sign_in": "token"}

    def throttled(self) -> Reply:
        return error(20429, "Too Many Requests", 429)

    def reply(self, seen: Seen) -> Reply:
        if no := self.sending():
            return no
        said = parse_qsl(seen.body.decode())
        form = dict(said)
        known = "Basic " + base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
        if (
            seen.path != f"/2010-04-01/Accounts/{SID}/Messages.json"
            or seen.headers.get("authorization") != known
            or sorted(name for name, _ in said) != ["Body", "From", "StatusCallback", "To"]
            or len(form["Body"]) > 1600
        ):
            self.wrong.append(f"{seen.method} {seen.path} {sorted(form)}")
            return error(20001, "wrong")
        if is_nobody(form["To"]):
            return error(21211, f"The 'To' number {form['To']} is not a valid phone number.")
        if self.took((form["To"], form["Body"])):
            return "cut"
        return 201, {}, f'{{"sid": "SM{self.sends}", "status": "queued"}}'.encode()


STANDIN = Twilio
