"""Mandrill (Mailchimp Transactional): mails by messages/send, a thousand recipients a call, and its signed webhooks.

https://mailchimp.com/developer/transactional/api/messages/send-new-message/
`payload.py` writes a batch for Mandrill, `answers.py` reads what it says to that, `receipts.py` what it tells us later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from integrations.contract import Batch, Check, ConnectionField, Kind, Limits, Mode, Outcome, Provider, Pull, Settings, Takes
from integrations.http import Answer, Failure, Http
from integrations.mail import mail_calls
from integrations.providers.mandrill.answers import problem_of, send_call
from integrations.providers.mandrill.opt_outs import tell
from integrations.providers.mandrill.payload import BYTES, ITEMS, body, calls, request
from integrations.providers.mandrill.receipts import receive, signature

REPLY_LIMIT = 1_000_000
"""Bytes: it answers with a line for each recipient."""


def send(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome]:
    """As few calls as possible; an address that is not valid is refused first."""
    refused, valid = mail_calls.without_invalid_addresses(batch)
    yield from refused

    def post(part: Batch) -> Answer | Failure:
        url, headers = request(settings, "messages/send")
        return http.post(url, body=body(settings, part), headers=headers, messages=len(part.messages), reply_limit=REPLY_LIMIT)

    for call in calls(valid, one_click=settings["unsubscribe"] == "alone"):
        yield from send_call(call, post, settings)


def check(http: Http, settings: Settings, at: int) -> Check:
    """Ping with the key."""
    url, headers = request(settings, "users/ping2")
    result = http.post(url, body=body(settings), headers=headers)
    if isinstance(result, Failure):
        return Check(works=False, problems=(result.reason,))
    if result.status != 200:
        return Check(works=False, problems=(problem_of(result),))
    hint = "Without the key of the webhook, events are believed only about messages that this connection sent."
    return Check(works=True, notes=warnings(settings) + (() if settings["verification_key"] else (hint,)))


def warnings(settings: Settings) -> tuple[str, ...]:
    """Mandrill puts the same headers on every mail of a call."""
    document = (
        "Mails of one Mandrill call carry no one-click unsubscribe header. Large mailbox providers ask for it from whoever sends much."
    )
    return (document,) if settings["unsubscribe"] == "together" else ()


def _key_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"[!-~]{8,200}", value) else "Paste the key as Mandrill showed it, without spaces."


def _api_mistake(value: str) -> str | None:
    return (
        None if re.fullmatch(r"https?://[A-Za-z0-9.:_/-]+", value) else "Write the address as https://mandrillapp.com/api/ and the version."
    )


def _subaccount_mistake(value: str) -> str | None:
    return None if value.isprintable() and len(value) <= 255 else "Write the id of the subaccount as Mandrill shows it."


_UNSUBSCRIBE = (("together", "A thousand mails a call, without the header"), ("alone", "One mail a call, with the header"))

PROVIDER = Provider(
    key="mandrill",
    name="Mandrill",
    about="Sends mails through Mandrill (Mailchimp Transactional), a thousand a call, and hears what became of each.",
    icon="mail-check",
    fields=(
        ConnectionField(
            "api_key", "API key", Kind.SECRET, "In Mandrill: Settings, API Keys. Needs messages/send and users/ping2.", check=_key_mistake
        ),
        ConnectionField(
            "unsubscribe",
            "One-click unsubscribe header",
            Kind.CHOICE,
            "Mandrill gives all mails of a call the same headers, so a header for each person needs a call for each.",
            "together",
            choices=_UNSUBSCRIBE,
        ),
        ConnectionField("subaccount", "Subaccount", help="Send in the name of this subaccount.", required=False, check=_subaccount_mistake),
        ConnectionField(
            "verification_key",
            "Key of the webhook",
            Kind.SECRET,
            "In Mandrill: Settings, Webhooks, column Key.",
            required=False,
            check=_key_mistake,
            stays=True,
        ),
        ConnectionField(
            "api", "Address of the API", help="With its version.", default="https://mandrillapp.com/api/1.4", check=_api_mistake, host=True
        ),
    ),
    check=check,
    receive=receive,
    tell_opt_out=tell,
    signature=signature,
    warnings=warnings,
    signs=lambda _: ("mte1", "mte2", "mandrill"),
    receipts_help="In Mandrill, open Settings, Webhooks, Add a Webhook. Choose all message events and the changes of the denylist, "
    "paste the address {url}, and then paste the webhook's key above.",
    pull=Pull(cannot="Mandrill asks nobody while it sends: Largesse gives it each code with the mail."),
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
