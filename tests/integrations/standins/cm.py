"""CM.com over a whole run: a hundred messages a call, an answer for each, and numbers it does not know among them."""

import json

from tests.integrations.recordings.cm import TOKEN, one, said
from tests.integrations.recordings.cm import settings as recorded
from tests.integrations.replies import Reply, Seen
from tests.integrations.standins import StandIn, is_nobody


class CM(StandIn):
    MODE = "sms"

    def settings(self, url: str) -> dict[str, str]:
        return recorded(url)

    def reply(self, seen: Seen) -> Reply:
        if no := self.sending():
            return no
        call = json.loads(seen.body)["messages"]
        messages = call["msg"]
        references = {message["reference"] for message in messages}
        if call["authentication"]["producttoken"] != TOKEN or not 0 < len(messages) <= 100 or len(references) < len(messages):
            self.wrong.append(f"{len(messages)} messages")
            return said(202, "malformed", status=400)
        if any(len(reference) > 32 for reference in references):
            self.wrong.append("a reference is too long")
        fine = [message for message in messages if not is_nobody(message["to"][0]["number"])]
        if self.took(*((f"+{m['to'][0]['number'].removeprefix('00')}", m["body"]["content"]) for m in fine)):
            return "cut"
        return said(0 if len(fine) == len(messages) else 201, "", [one(m, 0 if m in fine else 303) for m in messages])


STANDIN = CM
