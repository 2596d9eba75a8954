"""SendGrid: mails by the v3 API, a thousand recipients a call, and its signed event webhook.

https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send
`payload.py` writes a batch for SendGrid, `answers.py` reads what it says to that, `receipts.py` what it tells us later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from integrations import signatures
from integrations.contract import AllAccepted, Batch, Check, ConnectionField, Kind, Limits, Mode, Outcome, Provider, Settings, Takes
from integrations.http import Answer, Failure, Http
from integrations.mail import mail_calls
from integrations.providers.sendgrid.answers import problem_of, send_call
from integrations.providers.sendgrid.opt_outs import tell
from integrations.providers.sendgrid.payload import BYTES, ITEMS, api, body, calls, headers
from integrations.providers.sendgrid.receipts import receive, signature


def send(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome | AllAccepted]:
    """As few calls as possible; an address that is not valid is refused first."""
    refused, valid = mail_calls.without_invalid_addresses(batch)
    yield from refused

    def post(part: Batch) -> Answer | Failure:
        return http.post(f"{api(settings)}/v3/mail/send", body=body(part), headers=headers(settings), messages=len(part.messages))

    for call in calls(valid):
        yield from send_call(call, post, settings)


def check(http: Http, settings: Settings, at: int) -> Check:
    """Ask which scopes the key has."""
    result = http.request("GET", f"{api(settings)}/v3/scopes", headers=headers(settings))
    if isinstance(result, Failure):
        return Check(works=False, problems=(result.reason,))
    if result.status != 200:
        return Check(works=False, problems=(problem_of(result, settings),))
    document = result.json()
    scopes = document.get("scopes") if isinstance(document, dict) else None
    if not isinstance(scopes, list) or "mail.send" not in scopes:
        return Check(works=False, problems=("The API key lacks the scope mail.send: give it at least Mail Send in SendGrid.",))
    hint = "Without the verification key, events are believed only about messages that this connection sent."
    return Check(works=True, notes=() if settings["verification_key"] else (hint,))


def _key_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"[!-~]{8,200}", value) else "Paste the API key as SendGrid showed it; it begins with SG."


def _api_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"https?://[A-Za-z0-9.:_-]+/?", value) else "Write the address as https:// and a name, without a path."


_REGIONS = (("global", "Global"), ("eu", "European Union"), ("other", "Another address, such as a proxy"))

PROVIDER = Provider(
    key="sendgrid",
    name="SendGrid",
    about="Sends mails through Twilio SendGrid, a thousand a call, and hears what became of each.",
    icon="cloud",
    fields=(
        ConnectionField("api_key", "API key", Kind.SECRET, "Needs the scope Mail Send.", check=_key_mistake),
        ConnectionField("region", "Region", Kind.CHOICE, "Where your account lives.", "global", choices=_REGIONS, host=True),
        ConnectionField(
            "api", "Address of the API", help="Only for another address.", check=_api_mistake, only_if=("region", "other"), host=True
        ),
        ConnectionField(
            "subuser",
            "Subuser",
            help="Send on behalf of this subuser.",
            required=False,
            check=lambda v: None if v.isprintable() and v.isascii() else "Letters and digits only.",
        ),
        ConnectionField(
            "verification_key",
            "Verification key of the event webhook",
            help="In SendGrid: Settings, Mail Settings, Event Webhook, Signature Verification.",
            required=False,
            check=signatures.ecdsa_key_mistake,
        ),
    ),
    check=check,
    receive=receive,
    tell_opt_out=tell,
    signature=signature,
    receipts_help="In SendGrid, open Settings, Mail Settings, Event Webhook. Create one with the address {url}, choose all events and "
    "switch Signature Verification on; then paste its key above.",
    signs=lambda _: ("s1", "s2"),
    modes=(
        Mode(
            "mail",
            "email",
            Takes.TEXT,
            send,
            label="Mail",
            identify_by="email",
            limits=Limits(ITEMS, BYTES, concurrent=4),
            has_receipts=True,
        ),
    ),
)
