"""Braze over a whole run of events: 75 a call, and somebody it does not want is left out of a success by their index."""

import json
from typing import ClassVar

from tests.integrations.recordings.braze import left_out, objects, said, who
from tests.integrations.recordings.braze import settings as recorded
from tests.integrations.replies import Reply, Seen
from tests.integrations.standins import StandIn, is_nobody


class Braze(StandIn):
    MODE = "event"
    PARTS: ClassVar = {"field:voucher_code": "{{ voucher.code }}", "option:event": "Voucher assigned"}

    def settings(self, url: str) -> dict[str, str]:
        return recorded(url)

    def throttled(self) -> Reply:
        return 429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}, said("Rate limit exceeded")

    def reply(self, seen: Seen) -> Reply:
        if seen.method == "GET":
            self.others += 1
            return 200, {}, b'{"message": "success", "campaigns": []}'
        if no := self.sending():
            return no
        array, asked = objects(seen)
        people = [who(one) for one in asked]
        if seen.headers.get("authorization") != "Bearer hidden-word" or len(asked) > 75 or len(set(people)) < len(people):
            self.wrong.append(f"{len(asked)} {array} about {len(set(people))} people")
            return 400, {}, said("Max Input Length Exceeded")
        if any(one.get("_update_existing_only") is not True for one in asked):
            self.wrong.append("a profile would be made")
        bad = [n for n, address in enumerate(people) if is_nobody(address)]
        fine = [(people[n], json.dumps(one["properties"])) for n, one in enumerate(asked) if n not in bad]
        return "cut" if self.took(*fine) else left_out(array, bad, len(asked))


STANDIN = Braze
