"""How is a batch written for ActiveCampaign? As an import of contacts, in which every value stands under the number of its field.

https://developers.activecampaign.com/reference/bulk-import-contacts
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from integrations.contract import Batch, Message, Settings

HOSTS = {"us1": "https://{account}.api-us1.com", "hosted": "https://{account}.activehosted.com"}
"""By the end of the address that Settings, Developer shows."""
ITEMS = 250
BYTES = 380_000
"""ActiveCampaign takes 400,000."""
Body = dict[str, Any]


def url(settings: Settings, path: str) -> str:
    """The address of an operation."""
    host = HOSTS.get(settings["host"], settings["api"].rstrip("/"))
    return f"{host.replace('{account}', settings['account'])}/api/3/{path}"


def headers(settings: Settings) -> dict[str, str]:
    """The headers of every call, with the key."""
    return {"Api-Token": settings["api_key"], "Content-Type": "application/json", "Accept": "application/json"}


def as_bytes(body: Body) -> bytes:
    """The body as compact JSON."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def opt_out_lists(settings: Settings) -> list[str]:
    """The lists that people leave who want nothing more."""
    return settings["opt_out_lists"].replace(" ", "").split(",") if settings["opt_out_lists"] else []


def calls(messages: Sequence[Message]) -> Iterator[tuple[Message, ...]]:
    """As few imports as can be, nobody twice in one: an import names people, not messages."""
    together = list(messages)
    while together:
        call: dict[str, Message] = {}
        left, size = [], 0
        for message in together:
            weight = 150 + len(message.address) + sum(40 + 4 * len(str(value)) for value in message.data.values())
            who = message.address.casefold()
            if len(call) < ITEMS and (not call or size + weight < BYTES) and who not in call:
                call[who], size = message, size + weight
            else:
                left.append(message)
        yield tuple(call.values())
        together = left


def contacts(settings: Settings, batch: Batch, numbers: Mapping[str, int]) -> Body:
    """An import. An empty value overwrites the one that an earlier message had set; automations run only where that was asked for."""
    lists = [{"listid": batch.options["list"]}] if batch.options["list"] else []
    return {
        "contacts": [
            {
                "email": message.address,
                "exclude_automations": not settings["automations"],
                "fields": [{"id": numbers[name.upper()], "value": str(value)} for name, value in message.data.items()],
                **({"subscribe": lists} if lists else {}),
            }
            for message in batch.messages
        ]
    }
