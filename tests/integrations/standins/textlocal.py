"""Textlocal over a whole run: five hundred messages a call, and numbers it does not send to beside those it does."""

import json
from urllib.parse import unquote

from tests.integrations.recordings.textlocal import KEY, answered, asked, failure, success
from tests.integrations.recordings.textlocal import settings as recorded
from tests.integrations.replies import Reply, Seen
from tests.integrations.standins import StandIn, is_nobody


class Textlocal(StandIn):
    MODE = "bulk"

    def settings(self, url: str) -> dict[str, str]:
        return recorded(url) | {"test": "", "unicode": ""}

    def reply(self, seen: Seen) -> Reply:
        if no := self.sending():
            return no
        form, messages = asked(seen)
        data = json.loads(form["data"])
        if form["apikey"] != KEY or not 0 < len(messages) <= 500 or data["test"] or data["sender"] != "Maple Rye":
            self.wrong.append(f"{len(messages)} messages")
            return failure(2)
        fine = [message for message in messages if not is_nobody(str(message["number"]))]
        if not fine:
            return failure(51)
        if self.took(*((f"+{m['number']}", unquote(m["text"])) for m in fine)):
            return "cut"
        return answered(success([m["number"] for m in fine], [m["number"] for m in messages if m not in fine]))


STANDIN = Textlocal
