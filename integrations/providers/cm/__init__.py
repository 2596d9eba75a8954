"""CM.com: SMS by the Business Messaging gateway, a hundred messages a call, and its status reports and replies.

https://developers.cm.com/messaging/docs/sms
`answers.py` reads what it says to a call, `receipts.py` what it posts to us later. There is no idempotency: what was cut off stays unsure
until its report comes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from integrations.contract import Batch, Check, Config, ConnectionField, Kind, Limits, Message, Mode, Outcome, Provider, Settings, Takes
from integrations.http import Answer, Failure, Http
from integrations.providers.cm.answers import STATUSES, STOPS, code_and_items, may_be_about_one, outcomes_of, reference
from integrations.providers.cm.receipts import receive

GATEWAYS = {
    "global": "https://gw.messaging.cm.com",
    "uk": "https://gw-uk.cmtelecom.com",
    "za": "https://gw.cmtelecom.co.za",
    "hk": "https://gw-hk.cmtelecom.com",
    "cn": "https://gw-cn.cmtelecom.com",
}


def send(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome]:
    """One call; a call refused as a whole took nothing and is halved until the message it is about stands alone."""
    waiting = [batch.messages]
    while waiting:
        messages = waiting.pop()
        result = _post(http, settings, [_message_body(settings, batch, message) for message in messages])
        if len(messages) > 1 and may_be_about_one(result):
            middle = len(messages) // 2
            waiting += [messages[middle:], messages[:middle]]
        else:
            yield from outcomes_of(result, messages)


def _message_body(settings: Settings, batch: Batch, message: Message) -> dict[str, Any]:
    text = batch.part(message, "text")
    if not text.strip():
        raise Config("An SMS needs words.")
    return {
        "from": settings["sender"],
        "to": [{"number": f"00{message.address.lstrip('+')}"}],
        "body": {"type": "auto", "content": text},
        "reference": reference(message.id),
        "minimumNumberOfMessageParts": 1,
        "maximumNumberOfMessageParts": int(settings["parts"]),
        "allowedChannels": ["SMS"],
    }


def _post(http: Http, settings: Settings, messages: list[dict[str, Any]]) -> Answer | Failure:
    document = {"messages": {"authentication": {"producttoken": settings["token"]}, "msg": messages}}
    api = GATEWAYS.get(settings["gateway"]) or settings["api"].rstrip("/")
    headers = {"Content-Type": "application/json; charset=utf-8", "Accept": "application/json"}
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return http.post(f"{api}/v1.0/message", body=body, headers=headers, messages=len(messages))


def check(http: Http, settings: Settings, at: int) -> Check:
    """CM.com has no harmless question: an empty call sends nothing, and its code tells whether the token is known."""
    result = _post(http, settings, [])
    if isinstance(result, Failure):
        return Check(works=False, problems=(result.reason,))
    code, _ = code_and_items(result)
    if wrong := STOPS.get(code if code is not None else -1) or (STATUSES.get(result.status) if code is None else None):
        return Check(works=False, problems=(wrong,))
    if code is None:
        return Check(works=False, problems=(f"That is not CM.com’s gateway: it answered {result.status}.",))
    return Check(works=True, notes=("CM.com answered an empty call as it does for a token it knows. Send yourself a test message, too.",))


def _parts(value: str) -> str | None:
    return None if re.fullmatch("[1-8]", value) else "Write a whole number from 1 to 8."


def _token(value: str) -> str | None:
    return None if re.fullmatch(r"[!-~]{8,100}", value) else "Paste the product token as CM.com shows it, without spaces."


def _sender(value: str) -> str | None:
    fits = re.fullmatch(r"\+?\d{3,16}|(?=.*[A-Za-z])[A-Za-z0-9 .&_-]{1,11}", value)
    return None if fits else "Write up to 11 letters and digits, or a number of up to 16 digits."


def _api(value: str) -> str | None:
    return None if re.fullmatch(r"https?://[A-Za-z0-9.:_-]+/?", value) else "Write the address as https:// and a name, without a path."


_NAMES = (("global", "Global"), ("uk", "United Kingdom"), ("za", "South Africa"), ("hk", "Hong Kong"), ("cn", "China"),
          ("other", "Another address"))  # fmt: skip

PROVIDER = Provider(
    key="cm",
    name="CM.com",
    about="Sends SMS through CM.com’s gateway, a hundred a call, and hears what became of each.",
    icon="radio-tower",
    fields=(
        ConnectionField("token", "Product token", Kind.SECRET, "In CM.com: Channels, Gateway.", check=_token),
        ConnectionField(
            "sender", "Sender", help="Up to 11 letters and digits, or a number. To a name nobody can answer STOP.", check=_sender
        ),
        ConnectionField("gateway", "Gateway", Kind.CHOICE, "Where your account lives.", "global", choices=_NAMES, host=True),
        ConnectionField(
            "api",
            "Address of the gateway",
            help="Only for another address, such as a proxy.",
            check=_api,
            only_if=("gateway", "other"),
            host=True,
        ),
        ConnectionField("parts", "Longest message, in parts", Kind.NUMBER, "What is longer is refused by CM.com.", "8", check=_parts),
    ),
    check=check,
    receive=receive,
    receipts_help="In CM.com, open Channels, Gateway, and enter {url} as the webhook for status reports, as JSON by POST; and once more as "
    "the webhook for incoming messages, so that STOP is heard.",
    modes=(Mode("sms", "sms", Takes.TEXT, send, label="SMS", identify_by="phone", limits=Limits(100), has_receipts=True),),
)
