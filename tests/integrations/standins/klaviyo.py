"""Klaviyo over a whole run of profiles: jobs that take their time, and list whom they could not write."""

import json
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from tests.integrations.recordings.klaviyo import asked, error, job
from tests.integrations.recordings.klaviyo import settings as recorded
from tests.integrations.replies import Reply, Seen
from tests.integrations.standins import StandIn, is_nobody

PAGE = 2
"""It gives fewer errors a page than it is asked for, so that somebody must turn pages."""


@dataclass
class Klaviyo(StandIn):
    MODE: ClassVar[str] = "profiles"
    PARTS: ClassVar[dict[str, str]] = {"field:voucher_code": "{{ voucher.code }}"}

    jobs: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    """How many each took, and whom of them it does not want."""

    def settings(self, url: str) -> dict[str, str]:
        return recorded(url)

    def throttled(self) -> Reply:
        return 429, {"retry-after": "20"}, error(429, "Request was throttled.")

    def reply(self, seen: Seen) -> Reply:
        if seen.headers.get("revision") != "2026-07-15" or seen.headers.get("authorization") != "Klaviyo-API-Key pk_hidden-word":
            self.wrong.append("no revision or no key")
        return self._told(seen) if seen.method == "GET" else self._taken(seen)

    def _taken(self, seen: Seen) -> Reply:
        if no := self.sending():
            return no
        people = asked(seen)
        if len(people) > 10_000 or len(seen.body) > 5_000_000 or len({who for who, _ in people}) < len(people):
            self.wrong.append(f"{len(people)} profiles, {len(seen.body)} bytes")
            return 413, {}, error(413, "too large")
        id = f"job-{len(self.jobs)}"
        self.jobs[id] = len(people), [who for who, _ in people if is_nobody(who)]
        cut = self.took(*((who, json.dumps(about["properties"])) for who, about in people if not is_nobody(who)))
        return "cut" if cut else (202, {}, job(total=len(people), id=id))

    def _told(self, seen: Seen) -> Reply:
        self.others += 1
        where = urlsplit(seen.path)
        _, _, rest = where.path.partition("/profile-bulk-import-jobs/")
        id, _, about = rest.partition("/")
        total, unwanted = self.jobs[id]
        if about != "import-errors":
            return 200, {}, job("complete", total, len(unwanted), id)
        start = int(parse_qs(where.query).get("page[cursor]", ["0"])[0])
        found = [{"attributes": {"detail": "Nobody.", "original_payload": {"external_id": who}}} for who in unwanted[start : start + PAGE]]
        following = f"https://a.klaviyo.com{where.path}?page%5Bcursor%5D={start + PAGE}" if unwanted[start + PAGE :] else None
        return 200, {}, json.dumps({"data": found, "links": {"next": following}}).encode()


STANDIN = Klaviyo
