"""Twilio: SMS by the Messages API, one message a call, with signed status callbacks and replies such as STOP.

https://www.twilio.com/docs/messaging/api/message-resource
`answers.py` reads what it says to a message, `receipts.py` what it posts to us later. There is no idempotency: what was cut off stays
unsure until its callback comes, which names our message in its address.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from integrations.contract import (
    Batch,
    Check,
    Config,
    ConnectionField,
    Kind,
    Limits,
    Message,
    Mode,
    Outcome,
    Provider,
    Pull,
    Settings,
    Takes,
)
from integrations.http import Failure, Http
from integrations.providers.twilio.answers import code_of, outcome_of, stopped
from integrations.providers.twilio.receipts import MESSAGE_PARAMETER, receive, signature

REGIONS = (("us1", "United States (US1)"), ("ie1", "Ireland (IE1)"), ("au1", "Australia (AU1)"), ("other", "Another address"))
EDGES = (
    ("", "Chosen by Twilio"), ("ashburn", "Ashburn"), ("umatilla", "Umatilla"), ("dublin", "Dublin"), ("frankfurt", "Frankfurt"),
    ("sao-paulo", "São Paulo"), ("singapore", "Singapore"), ("sydney", "Sydney"), ("tokyo", "Tokyo"), ("roaming", "Nearest (roaming)"),
)  # fmt: skip


def send(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome]:
    """One call for each message."""
    url = f"{_account(settings)}/Messages.json"
    headers = {**_auth_headers(settings), "Content-Type": "application/x-www-form-urlencoded"}
    for message in batch.messages:
        yield outcome_of(http.post(url, body=_body(settings, batch, message), headers=headers), message)


def _body(settings: Settings, batch: Batch, message: Message) -> bytes:
    text = batch.part(message, "text")
    if not text.strip():
        raise Config("An SMS needs words.")
    key = "MessagingServiceSid" if settings["sender_kind"] == "service" else "From"
    fields = {"To": message.address, key: settings["service" if key != "From" else "sender"], "Body": text}
    if batch.receipts_url:
        fields["StatusCallback"] = f"{batch.receipts_url}?{urlencode({MESSAGE_PARAMETER: message.id})}"
    return urlencode(fields, errors="replace").encode()


def _account(settings: Settings) -> str:
    """The address of this account: `api.<edge>.<region>.twilio.com`; an edge alone means the region US1."""
    region, edge = settings["region"], settings["edge"]
    if region == "other":
        host = settings["api"].rstrip("/")
    else:
        host = f"https://{'.'.join(filter(None, ('api', edge, region if edge or region != 'us1' else '', 'twilio.com')))}"
    return f"{host}/2010-04-01/Accounts/{settings['account_sid']}"


def _auth_headers(settings: Settings) -> dict[str, str]:
    by_key = settings["sign_in"] == "key"
    name, word = (settings["api_key"], settings["api_secret"]) if by_key else (settings["account_sid"], settings["auth_token"])
    return {"Authorization": f"Basic {base64.b64encode(f'{name}:{word}'.encode()).decode()}", "Accept": "application/json"}


def check(http: Http, settings: Settings, at: int) -> Check:
    """Ask for the account; a standard API key may not see it, and asks for one message instead. Nothing is sent."""
    by_key = settings["sign_in"] == "key"
    result = http.request("GET", _account(settings) + ("/Messages.json?PageSize=1" if by_key else ".json"), headers=_auth_headers(settings))
    if isinstance(result, Failure):
        return Check(works=False, problems=(result.reason,))
    if result.status != 200:
        return Check(works=False, problems=(stopped(result.status, code_of(result)) or f"Twilio answered {result.status}.",))
    document = result.json()
    status = document.get("status", "active") if isinstance(document, dict) else ""
    if status != "active":
        return Check(works=False, problems=("The Twilio account is suspended or closed." if status else "That is not Twilio’s API.",))
    return Check(works=True, notes=("Status callbacks need no setting up: Twilio is told where to post with every message.",))


def _matching(pattern: str, mistake: str) -> Callable[[str], str | None]:
    return lambda value: None if re.fullmatch(pattern, value) else mistake


_SECRET = _matching(r"[!-~]{8,200}", "Paste it as the Twilio Console shows it, without spaces.")
_API = _matching(r"https?://[A-Za-z0-9.:_-]+/?", "Write the address as https:// and a name, without a path.")
_SENDER = _matching(
    r"\+[1-9]\d{6,14}|\d{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 &+_-]{1,11}",
    "Write a number like +447700900018, a short code, or a name of up to 11 letters and digits.",
)

SNIPPET = """Request method  POST
Request URL     [[url]]/v1/publications
Content type    Application/JSON
Request body    {"campaign": "[[campaign]]",
                 "customer": "{{contact.channel.address}}",
                 "source_id": "twilio-[[campaign]]-{{contact.channel.address}}",
                 "channel": "Twilio"}"""
NOTE = (
    "A Make HTTP Request widget of a Studio flow, named code, before a message with {{widgets.code.parsed.voucher.code}}. The "
    "widget has no headers of its own: put YOUR-APP-ID:YOUR-APP-TOKEN@ after https:// of the address. The customer is named by "
    "their source id; where that is not the number, give it to the flow and write {{flow.data.customer}}."
)

PROVIDER = Provider(
    key="twilio",
    name="Twilio",
    about="Sends SMS through Twilio from a number or a messaging service, and hears what became of each.",
    icon="message-circle",
    fields=(
        ConnectionField("account_sid", "Account SID", help="On the first page of the Twilio Console; it begins with AC.",
                        check=_matching(r"AC[0-9a-fA-F]{32}", "An Account SID is AC and 32 digits or letters from a to f.")),
        ConnectionField("auth_token", "Auth token", Kind.SECRET, "Next to the Account SID. Twilio signs with it what it posts to us.",
                        check=_SECRET),
        ConnectionField("old_auth_token", "Previous auth token", Kind.SECRET, "While you change the token: both signatures are believed.",
                        required=False, check=_SECRET, stays=True),
        ConnectionField("sign_in", "Sign in with", Kind.CHOICE, "An API key can be taken back without changing the token.", "token",
                        choices=(("token", "The auth token"), ("key", "An API key"))),
        ConnectionField("api_key", "API key SID", help="It begins with SK.", only_if=("sign_in", "key"),
                        check=_matching(r"SK[0-9a-fA-F]{32}", "An API key SID is SK and 32 digits or letters from a to f.")),
        ConnectionField("api_secret", "API key secret", Kind.SECRET, "Shown once, when the key is made.", only_if=("sign_in", "key"),
                        check=_SECRET),
        ConnectionField("sender_kind", "Send from", Kind.CHOICE, "A messaging service chooses among its numbers.", "number",
                        choices=(("number", "A number or name"), ("service", "A messaging service"))),
        ConnectionField("sender", "Sender",
                        help="A number of yours like +447700900018, a short code, or a name where the country allows it.",
                        only_if=("sender_kind", "number"), check=_SENDER),
        ConnectionField("service", "Messaging service SID", help="It begins with MG.", only_if=("sender_kind", "service"),
                        check=_matching(r"MG[0-9a-fA-F]{32}", "A messaging service SID is MG and 32 digits or letters from a to f.")),
        ConnectionField("region", "Region", Kind.CHOICE, "Where data are processed; keys belong to one region.", "us1",
                        choices=REGIONS, host=True),
        ConnectionField("edge", "Edge", Kind.CHOICE, "Where calls enter Twilio’s network.", required=False, choices=EDGES, host=True),
        ConnectionField("api", "Address of the API", help="Only for another address, such as a proxy.", check=_API,
                        only_if=("region", "other"), host=True),
    ),
    check=check,
    receive=receive,
    signature=signature,
    receipts_help="Status callbacks come by themselves. For STOP and START, paste {url} in the Twilio Console as the webhook for incoming "
    "messages of the number or the messaging service.",
    pull=Pull("POST", "basic", 0.0, "{{contact.channel.address}}", SNIPPET, NOTE),
    modes=(
        Mode("sms", "sms", Takes.TEXT, send, label="SMS", identify_by="phone",
             limits=Limits(1, per_second=100, concurrent=20, counted=True),
             has_receipts=True),
    ),
)  # fmt: skip
