"""Textlocal: SMS to the United Kingdom and India, five hundred of different words a call, or one a call for accounts that were moved.

https://api.txtlocal.com/docs/bulkjson, https://api.txtlocal.com/docs/sendsms
`answers.py` reads what it says to a call: failures come inside HTTP 200. `receipts.py` reads what it posts to us later. It is on its way
out: see docs/providers/textlocal.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import quote, urlencode

from integrations.contract import Batch, Check, Config, ConnectionField, Kind, Limits, Message, Mode, Outcome, Provider, Settings, Takes
from integrations.http import Answer, Failure, Http
from integrations.providers.textlocal.answers import is_about_the_number, may_be_about_one, outcomes_of, problem_of
from integrations.providers.textlocal.receipts import receive

HOSTS = {"uk": "https://api.txtlocal.com", "in": "https://api.textlocal.in"}
LONE_REFUSALS = 3
"""So many messages refused alone, without a word about the number, are a mistake of ours, not of the recipients."""
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)


def send(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome]:
    """One call; a call refused as a whole took nothing and is halved until the message it is about stands alone."""
    waiting, lone = [batch.messages], 0
    while waiting:
        messages = waiting.pop()
        custom = messages[0].id
        fields = [_message_body(settings, batch, message) for message in messages]
        data = {"sender": settings["sender"], "messages": fields, "test": bool(settings["test"]), "custom": custom}
        if batch.receipts_url:
            data["receipt_url"] = batch.receipts_url
        result = _post(http, settings, "bulk_json", {"data": json.dumps(data)}, len(messages))
        if len(messages) > 1 and may_be_about_one(result):
            middle = len(messages) // 2
            waiting += [messages[middle:], messages[:middle]]
            continue
        lone += len(messages) == 1 and may_be_about_one(result) and not is_about_the_number(result)
        if lone >= LONE_REFUSALS:
            raise Config(f"Textlocal refuses every message: {problem_of(result)}")
        yield from outcomes_of(result, messages, custom)


def send_one(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome]:
    """One call for each message: all that is left to accounts moved to Webex Interact."""
    for message in batch.messages:
        text = _text(batch, message)
        fields = {"numbers": message.address.lstrip("+"), "sender": settings["sender"], "message": text, "custom": message.id}
        fields |= {"test": "true"} if settings["test"] else {}
        fields |= {"unicode": "true"} if _needs_unicode(settings, text) else {}
        fields |= {"receipt_url": batch.receipts_url} if batch.receipts_url else {}
        yield from outcomes_of(_post(http, settings, "send", fields), (message,), message.id)


def _message_body(settings: Settings, batch: Batch, message: Message) -> dict[str, object]:
    text = _text(batch, message)
    fields: dict[str, object] = {"number": int(re.sub(r"\D", "", message.address) or 0), "text": quote(text, safe="", errors="replace")}
    return fields | ({"unicode": True} if _needs_unicode(settings, text) else {})


def _text(batch: Batch, message: Message) -> str:
    text = batch.part(message, "text")
    if not text.strip():
        raise Config("An SMS needs words.")
    return text


def _needs_unicode(settings: Settings, text: str) -> bool:
    return bool(settings["unicode"]) and not _GSM.issuperset(text)


def _post(http: Http, settings: Settings, command: str, fields: dict[str, str], messages: int = 1) -> Answer | Failure:
    api = HOSTS.get(settings["country"]) or settings["api"].rstrip("/")
    body = urlencode({"apikey": settings["api_key"], "format": "json", **fields}, errors="replace").encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    return http.post(f"{api}/{command}/", body=body, headers=headers, messages=messages)


def check(http: Http, settings: Settings, at: int) -> Check:
    """Ask for the balance: it sends nothing."""
    result = _post(http, settings, "balance", {})
    if isinstance(result, Failure):
        return Check(works=False, problems=(result.reason,))
    if wrong := problem_of(result):
        return Check(works=False, problems=(wrong,))
    return Check(works=True, notes=warnings(settings))


def warnings(settings: Settings) -> tuple[str, ...]:
    """What the pre-flight list should say."""
    return ("The switch Test is on: Textlocal takes every message and delivers none.",) if settings["test"] else ()


def _key(value: str) -> str | None:
    return None if re.fullmatch(r"[!-~]{8,200}", value) else "Paste the API key as Textlocal shows it, without spaces."


def _sender(value: str) -> str | None:
    fits = re.fullmatch(r"\d{3,13}|(?=.*[A-Za-z])[A-Za-z0-9 ]{3,11}", value)
    return None if fits else "Write a name of 3 to 11 letters and digits, or a number of 3 to 13 digits."


def _api(value: str) -> str | None:
    return None if re.fullmatch(r"https?://[A-Za-z0-9.:_-]+/?", value) else "Write the address as https:// and a name, without a path."


_COUNTRIES = (("uk", "United Kingdom"), ("in", "India"), ("other", "Another address"))

PROVIDER = Provider(
    key="textlocal",
    name="Textlocal",
    about="Sends SMS through Textlocal in the United Kingdom or India, and hears what became of each.",
    icon="message-square-text",
    fields=(
        ConnectionField("api_key", "API key", Kind.SECRET, "In Textlocal: Settings, API Keys.", check=_key),
        ConnectionField("country", "Account in", Kind.CHOICE, "Accounts of one country are not known in the other.", "uk",
                        choices=_COUNTRIES, host=True),
        ConnectionField("api", "Address of the API", help="Only for another address, such as a proxy.", check=_api,
                        only_if=("country", "other"), host=True),
        ConnectionField("sender", "Sender", help="A name of 3 to 11 letters and digits, or a number. In India: one approved for you.",
                        check=_sender),
        ConnectionField("unicode", "Unicode", Kind.SWITCH,
                        "Only where Textlocal allows it to the account; other letters arrive as ? without.", required=False),
        ConnectionField("test", "Test", Kind.SWITCH, "Textlocal takes every message, charges nothing and delivers none.", required=False),
    ),
    check=check,
    warnings=warnings,
    receive=receive,
    receipts_help="Delivery receipts come by themselves. For STOP, enter {url} in Textlocal under Settings, Inbox forwarding, as the "
    "address for incoming messages.",
    modes=(
        Mode("bulk", "sms", Takes.TEXT, send, label="SMS", identify_by="phone", limits=Limits(500), has_receipts=True),
        Mode("one", "sms", Takes.TEXT, send_one, label="SMS, one a call (accounts moved to Webex Interact)", identify_by="phone",
             limits=Limits(1), has_receipts=True),
    ),
)  # fmt: skip
