"""Webhook: a body of our design, posted to an address of the customer's own systems.

Signed as Standard Webhooks 1.0 says: https://github.com/standard-webhooks/standard-webhooks, and where somebody comes from Voucherify
also as its receivers expect: https://docs.voucherify.io/guides/notifications. `webhook-id` stays the same over every attempt, so the
receiver recognises a repetition, and whatever was cut off is simply sent again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from integrations import signatures
from integrations.contract import (
    Batch,
    Check,
    Config,
    ConnectionField,
    Fate,
    Kind,
    Limits,
    Message,
    Mode,
    Outcome,
    PeerTrouble,
    Provider,
    Settings,
    Stop,
    Takes,
)
from integrations.http import Answer, Failure, Http
from integrations.wire.exchanges import exchange

MINUTE, HOUR = 60, 3600
JSON = "application/json"
RETRIES = (5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR)
OURS = frozenset({"host", "content-length", "content-type", "connection", "transfer-encoding", "user-agent", "x-voucherify-signature"})
STOPS = {
    401: "The address answered 401: it does not accept our credentials. Check the headers of the connection.",
    403: "The address answered 403: it does not let us in. Check the headers of the connection.",
    410: "The address answered 410 Gone: it wants no more messages.",
}


def send(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome]:
    """One request for each message."""
    wait = None
    for message in batch.messages:
        if wait is not None:
            yield Outcome(message.id, Fate.LATER, wait.why, trouble=PeerTrouble.UNTRIED)
            continue
        body = batch.part(message, "payload").encode("utf-8", "replace")
        outcome = _post(http, settings, message, body, batch.part(message, "content_type") or JSON)
        wait = outcome.wait
        yield outcome


def _post(http: Http, settings: Settings, message: Message, body: bytes, type: str = JSON) -> Outcome:
    """Post one body; its outcome, with the exchange."""
    headers = _headers(settings, message, body, type)
    result = http.post(settings["url"], body=body, headers=headers)
    if isinstance(result, Failure) and result.untried:
        return _outcome_of(result, message)
    own = dict(_own_headers(settings["headers"]))
    secrets = [settings["secret"], settings["old_secret"], settings["voucherify_key"], *own.values()]
    secrets += [word for value in own.values() for word in value.split()[1:]]  # `Bearer 123`: an answer may say 123 alone
    recorded = exchange(message.id, settings["url"], headers, body, result, secret_headers=own.keys(), secrets=secrets)
    try:
        return replace(_outcome_of(result, message), exchange=recorded)
    except Stop as stop:
        stop.exchange = recorded
        raise


def _headers(settings: Settings, message: Message, body: bytes, type: str) -> dict[str, str]:
    keys = [key for key in (settings["secret"], settings["old_secret"]) if key]
    also = {"x-voucherify-signature": signatures.voucherify_signature(settings["voucherify_key"], body)} if settings["voucherify"] else {}
    return {
        **dict(_own_headers(settings["headers"])),
        **also,
        "content-type": type,
        "webhook-id": message.id,
        "webhook-timestamp": str(message.attempt_at),
        "webhook-signature": signatures.webhook_signature(keys, message.id, message.attempt_at, body),
    }


def _outcome_of(result: Answer | Failure, message: Message) -> Outcome:
    """2xx is accepted; all others are tried again on the schedule, except statuses that mean: never again."""
    if isinstance(result, Failure):
        if result.forbidden:
            raise Stop(result.reason)
        return Outcome(message.id, Fate.LATER, result.reason, trouble=result.trouble)
    if 200 <= result.status < 300:
        return Outcome(message.id, Fate.ACCEPTED)
    if result.status in STOPS:
        raise Stop(STOPS[result.status])
    if 300 <= result.status < 400:
        raise Config(f"The address answered {result.status}: it is elsewhere now. Write the new address into the connection.")
    if result.status == 429:
        wait = result.wait(message.attempt_at, "The address asks for a pause.")
        return Outcome(message.id, Fate.LATER, "The address answered 429.", wait=wait)
    after = result.retry_after(message.attempt_at)
    return Outcome(message.id, Fate.LATER, f"The address answered {result.status}.", retry_after=after, trouble=result.trouble)


def check(http: Http, settings: Settings, at: int) -> Check:
    """Post a signed body of type `largesse.test`, and look only at the status."""
    message = Message(id=f"test_{at}", address=settings["url"], attempt_at=at)
    body = json.dumps({"type": "largesse.test", "data": {}}).encode()
    try:
        outcome = _post(http, settings, message, body)
    except (Stop, Config) as why:
        return Check(works=False, problems=(str(why),))
    if outcome.fate is Fate.ACCEPTED:
        return Check(works=True, notes=("The address took a test message of type largesse.test.",))
    return Check(works=False, problems=(f"{outcome.reason} Only an answer from 200 to 299 counts as taken.",))


def warnings(settings: Settings) -> tuple[str, ...]:
    """What the pre-flight list should say."""
    return ("Bodies travel unencrypted: the address begins with http.",) if settings["url"].startswith("http:") else ()


def target(settings: Settings) -> tuple[tuple[str, str], ...]:
    """What the summary says: the exact address, and every header by name."""
    signed = ["webhook-signature", *(["x-voucherify-signature"] if settings["voucherify"] else [])]
    names = [*(name for name, _ in _own_headers(settings["headers"])), "content-type", "webhook-id", "webhook-timestamp", *signed]
    return (("Posted to", settings["url"]), ("With headers", ", ".join(names)))


def _own_headers(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name.strip():
            yield name.strip().lower(), value.strip()


def _header_mistake(text: str) -> str | None:
    for name, value in _own_headers(text):
        if not re.fullmatch(r"[a-z0-9!#$%&'*+.^_`|~-]+", name) or not value or not (value.isascii() and value.isprintable()):
            return "Write one header a line, as Name: value."
        if name in OURS or name.startswith("webhook-"):
            return f"The header {name} is set by Largesse; leave it out."
    return None


def _key_mistake(text: str) -> str | None:
    fits = text.isascii() and text.isprintable() and " " not in text
    return None if fits else "Paste the key as Voucherify shows it: one line without spaces."


def _url_mistake(text: str) -> str | None:
    try:
        parts = urlsplit(text)
        fits = parts.scheme in {"http", "https"} and parts.hostname and not parts.username and parts.port != 0
    except ValueError:
        fits = False
    return (
        None
        if fits and text.isascii() and " " not in text
        else "Write the whole address, beginning with https://, without a user name in it."
    )


PROVIDER = Provider(
    key="webhook",
    name="Webhook",
    about="Posts a signed JSON body to an address of your own systems.",
    icon="webhook",
    fields=(
        ConnectionField(
            "url",
            "Address",
            help="Where bodies are posted, for example https://shop.example/hooks/largesse.",
            check=_url_mistake,
            host=True,
        ),
        ConnectionField(
            "secret",
            "Signing secret",
            Kind.SECRET,
            "The receiver checks the signature with it. Leave it empty to have one made; it is then shown once.",
            check=signatures.webhook_secret_mistake,
            made=signatures.new_webhook_secret,
            keeps=("old_secret", 24 * HOUR),
            stays=True,
        ),
        ConnectionField(
            "old_secret",
            "Previous signing secret",
            Kind.SECRET,
            "What you replace goes on signing beside the new secret for 24 hours, then it is forgotten: nothing to type here.",
            required=False,
            check=signatures.webhook_secret_mistake,
            stays=True,
        ),
        ConnectionField(
            "headers", "Headers", Kind.SECRET_LONG, "One a line, such as Authorization: Bearer 123.", required=False, check=_header_mistake
        ),
        ConnectionField(
            "voucherify",
            "Sign as Voucherify does, too",
            Kind.SWITCH,
            "For receivers that check x-voucherify-signature.",
            required=False,
        ),
        ConnectionField(
            "voucherify_key",
            "Voucherify signing key",
            Kind.SECRET,
            "The secret key of the webhooks of your Voucherify project, so that receivers need not change.",
            check=_key_mistake,
            only_if=("voucherify", "yes"),
            stays=True,
        ),
    ),
    check=check,
    warnings=warnings,
    target=target,
    modes=(
        Mode(
            "webhook",
            "webhook",
            Takes.PAYLOAD,
            send,
            label="JSON body",
            identify_by="none",
            limits=Limits(items=25, concurrent=4),
            repeat_safe_for=0,
            retries=RETRIES,
            jitter=0.2,
            fails_for=120 * HOUR,
        ),
    ),
)
