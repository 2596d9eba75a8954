"""Mailgun: mails by the v3 API, a thousand recipients a call, and its signed webhooks.

https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages
`payload.py` writes a batch for Mailgun, `answers.py` reads what it says to that, `receipts.py` what it tells us later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from integrations.contract import Batch, Check, ConnectionField, Kind, Limits, Mode, Outcome, Provider, Pull, Settings, Takes
from integrations.http import Answer, Failure, Http
from integrations.mail import mail_calls
from integrations.providers.mailgun.answers import problem_of, send_call
from integrations.providers.mailgun.opt_outs import tell
from integrations.providers.mailgun.payload import BYTES, ITEMS, api, authorization, body, calls
from integrations.providers.mailgun.receipts import receive, signature

STATES = {
    "unverified": "Mailgun has not verified this domain yet: set its DNS records.",
    "disabled": "Mailgun has disabled this domain.",
}


def send(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome]:
    """As few calls as possible; an address that is not valid is refused first."""
    refused, valid = mail_calls.without_invalid_addresses(batch)
    yield from refused

    def post(part: Batch) -> Answer | Failure:
        content, kind = body(part)
        url = f"{api(settings)}/v3/{settings['domain']}/messages"
        return http.post(url, body=content, headers={**authorization(settings), "Content-Type": kind}, messages=len(part.messages))

    for call in calls(valid):
        yield from send_call(call, post, settings)


def check(http: Http, settings: Settings, at: int) -> Check:
    """Look at the domain. A sending key may not: then an empty mail, which is refused, shows whether the key is good."""
    result = http.request("GET", f"{api(settings)}/v4/domains/{settings['domain']}", headers=authorization(settings))
    if isinstance(result, Failure):
        return Check(works=False, problems=(result.reason,))
    if result.status in {401, 403}:
        return _probed(http, settings)
    if result.status != 200:
        return Check(works=False, problems=(problem_of(result),))
    document = result.json()
    domain = document.get("domain") if isinstance(document, dict) else None
    state = domain.get("state") if isinstance(domain, dict) else None
    return _works(settings) if state not in STATES else Check(works=False, problems=(STATES[state],))


def _probed(http: Http, settings: Settings) -> Check:
    form = {**authorization(settings), "Content-Type": "application/x-www-form-urlencoded"}
    result = http.post(f"{api(settings)}/v3/{settings['domain']}/messages", body=b"", headers=form)
    if isinstance(result, Failure):
        return Check(works=False, problems=(result.reason,))
    return _works(settings) if result.status == 400 else Check(works=False, problems=(problem_of(result),))


def _works(settings: Settings) -> Check:
    hint = "Without the signing key of webhooks, events are believed only about messages that this connection sent."
    return Check(works=True, notes=() if settings["verification_key"] else (hint,))


def _key_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"[!-~]{8,200}", value) else "Paste the key as Mailgun showed it, without spaces."


def _domain_mistake(value: str) -> str | None:
    name = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
    return None if re.fullmatch(rf"({name}\.)+{name}", value) else "Write the domain as it stands in Mailgun, such as mg.example.com."


def _api_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"https?://[A-Za-z0-9.:_-]+/?", value) else "Write the address as https:// and a name, without a path."


_REGIONS = (("us", "United States"), ("eu", "European Union"), ("other", "Another address, such as a proxy"))

PROVIDER = Provider(
    key="mailgun",
    name="Mailgun",
    about="Sends mails through Mailgun, a thousand a call, and hears what became of each.",
    icon="mails",
    fields=(
        ConnectionField(
            "api_key", "API key", Kind.SECRET, "A sending key of the domain is enough, and the best choice.", check=_key_mistake
        ),
        ConnectionField("domain", "Domain", help="The domain in Mailgun that sends.", check=_domain_mistake),
        ConnectionField("region", "Region", Kind.CHOICE, "Where the domain lives.", "us", choices=_REGIONS, host=True),
        ConnectionField(
            "api", "Address of the API", help="Only for another address.", check=_api_mistake, only_if=("region", "other"), host=True
        ),
        ConnectionField(
            "verification_key",
            "HTTP webhook signing key",
            Kind.SECRET,
            "In Mailgun: Settings, API Security. It is not the API key.",
            required=False,
            check=_key_mistake,
            stays=True,
        ),
    ),
    check=check,
    receive=receive,
    tell_opt_out=tell,
    signature=signature,
    receipts_help="In Mailgun, open Send, Sending, Webhooks and choose the domain. Add the address {url} for delivered, opened, clicked, "
    "unsubscribed, complained and permanent failure; then paste the HTTP webhook signing key above.",
    pull=Pull(cannot="Mailgun asks nobody while it sends: Largesse gives it each code with the mail."),
    signs=lambda _: (),
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
