"""The sandbox: takes every message and sends none. Its inbox shows what would have left; see `/inbox`.

To rehearse trouble it can be slow and can refuse a share of the messages, always the same ones.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator

from integrations.contract import AllAccepted, Batch, Check, ConnectionField, Fate, Kind, Limits, Mode, Outcome, Provider, Settings, Takes
from integrations.http import Http


def send(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome | AllAccepted]:
    """Yes to everything, but for the share that is to be refused."""
    share, delay = _number(settings, "refused_share"), _number(settings, "delay")
    if delay:
        time.sleep(delay / 1000)
    if not share:
        yield AllAccepted(batch.messages)
        return
    for message in batch.messages:
        if zlib.crc32(message.id.encode()) % 100 < share:
            yield Outcome(message.id, Fate.REFUSED, "The sandbox was asked to refuse a share of its messages.")
        else:
            yield Outcome(message.id, Fate.ACCEPTED, provider_id=f"sandbox-{message.id}")


def check(http: Http, settings: Settings, at: int) -> Check:
    """The sandbox always works."""
    return Check(works=True, notes=("Messages sent here never leave Largesse; read them in the sandbox inbox.",))


def _number(settings: Settings, key: str) -> int:
    return int(settings.get(key) or 0)


def _at_most(limit: int) -> str | None:
    return f"Write a whole number from 0 to {limit}."


def _share(value: str) -> str | None:
    return None if value.isdigit() and int(value) <= 100 else _at_most(100)


def _milliseconds(value: str) -> str | None:
    return None if value.isdigit() and int(value) <= 10_000 else _at_most(10_000)


_LIMITS = Limits(items=1000, concurrent=4)

PROVIDER = Provider(
    key="sandbox",
    name="Sandbox",
    about="Keeps every mail, SMS and webhook body in an inbox you can read. Nothing leaves Largesse.",
    writes_to_nobody=True,
    icon="inbox",
    fields=(
        ConnectionField(
            "refused_share",
            "Refuse a share",
            Kind.NUMBER,
            "Percent of the messages to refuse, to see what a report then says.",
            "0",
            required=False,
            check=_share,
        ),
        ConnectionField(
            "delay",
            "Slow down",
            Kind.NUMBER,
            "Milliseconds every call takes, to see a distribution at work.",
            "0",
            required=False,
            check=_milliseconds,
        ),
    ),
    check=check,
    modes=(
        Mode("email", "email", Takes.TEXT, send, label="Mail", identify_by="email", limits=_LIMITS, repeat_safe_for=0),
        Mode("sms", "sms", Takes.TEXT, send, label="SMS", identify_by="phone", limits=_LIMITS, repeat_safe_for=0),
        Mode("webhook", "webhook", Takes.PAYLOAD, send, label="Webhook body", identify_by="none", limits=_LIMITS, repeat_safe_for=0),
    ),
)
