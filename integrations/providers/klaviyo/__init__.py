"""Klaviyo: events that begin flows, and properties on profiles.

https://developers.klaviyo.com/en/reference/api_overview
`payload.py` writes a batch for Klaviyo, `answers.py` reads what it says to that, `jobs.py` asks what became of profiles, `receipts.py`
reads what it tells us later.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Sequence

from integrations import fates
from integrations.contract import (
    Batch,
    Check,
    ConnectionField,
    Fate,
    Kind,
    Limits,
    Message,
    Mode,
    Names,
    Outcome,
    Provider,
    Pull,
    Settings,
    Takes,
    id_fields,
)  # fmt: skip  # isort: skip
from integrations.http import Answer, Failure, Http
from integrations.providers.klaviyo import payload
from integrations.providers.klaviyo.answers import STOPS, send_call, wait_if_used_up
from integrations.providers.klaviyo.jobs import poll
from integrations.providers.klaviyo.opt_outs import tell
from integrations.providers.klaviyo.receipts import receive, signature

CALLS_A_SECOND = 2
"""Klaviyo takes 150 jobs a minute."""


def send_events(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome]:
    """One bulk job for each thousand events; a single event uses the faster endpoint."""

    def post(part: Batch) -> Answer | Failure:
        alone = len(part.messages) == 1
        path, body = ("events", payload.event) if alone else ("event-bulk-create-jobs", payload.events)
        return _post(http, settings, path, body, part)

    def taken(answer: Answer, message: Message) -> Outcome:
        if answer.status != 202 and (answer.body.strip() or answer.cut):
            return next(fates.somebody_elses("Klaviyo", answer, [message], safe=True))
        return Outcome(message.id, Fate.ACCEPTED, wait=wait_if_used_up(answer))

    for messages in payload.calls(batch.messages, payload.EVENTS):
        yield from send_call(dataclasses.replace(batch, messages=messages), post, settings, taken)


def send_profiles(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome]:
    """A job, which is asked about until it is done."""

    def post(part: Batch) -> Answer | Failure:
        return _post(http, settings, "profile-bulk-import-jobs", payload.profiles, part)

    def taken(answer: Answer, message: Message) -> Outcome:
        document = answer.json()
        job = document["data"].get("id") if isinstance(document, dict) and isinstance(document.get("data"), dict) else None
        if not job:
            return next(fates.somebody_elses("Klaviyo", answer, [message], safe=True))
        return Outcome(message.id, Fate.PENDING, provider_id=str(job), wait=wait_if_used_up(answer))

    for messages in payload.calls(batch.messages, payload.PROFILES):
        yield from send_call(dataclasses.replace(batch, messages=messages), post, settings, taken)


def _post(http: Http, settings: Settings, path: str, body: Callable[[Settings, Batch], payload.Body], part: Batch) -> Answer | Failure:
    sent = payload.as_bytes(body(settings, part))
    return http.post(payload.url(settings, path), body=sent, headers=payload.headers(settings), messages=len(part.messages))


PROBES = {
    "events": "The API key lacks the scope events:write (Full access to Events): make a key with it in Klaviyo.",
    "profile-bulk-import-jobs": "The API key lacks profiles:write or lists:write (Full access to both): make a key with them in Klaviyo.",
}


def check(http: Http, settings: Settings, at: int) -> Check:
    """Ask for the account, then offer an empty document to each resource: a key that may write is told that it is wrong."""
    result = http.request("GET", payload.url(settings, "accounts"), headers=payload.headers(settings))
    if isinstance(result, Failure):
        return Check(works=False, problems=(result.reason,))
    if result.status not in {200, 403}:
        return Check(works=False, problems=(STOPS.get(result.status, f"Klaviyo answered {result.status}."),))
    missing = []
    for path, problem in PROBES.items():
        probed = http.post(payload.url(settings, path), body=b'{"data":{}}', headers=payload.headers(settings))
        if isinstance(probed, Answer) and probed.status == 403:
            missing.append(problem)
    works = len(missing) < len(PROBES)
    return Check(works, () if works else tuple(missing), tuple(missing) if works else ())


def prerequisites(http: Http, settings: Settings, names: Sequence[str]) -> tuple[str, ...]:
    """Klaviyo creates properties and metrics when they are first written; only the key and its scopes must be there."""
    found = check(http, settings, 0)
    return found.problems


def _name_mistake(name: str) -> str | None:
    fits = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_ -]{0,126}", name)
    return None if fits else "Begin the name with a letter; then letters, digits, spaces, _ and -, up to 127 characters."


def _metric_mistake(value: str) -> str | None:
    return None if value.isprintable() and 0 < len(value) < 128 else "Write fewer than 128 characters."


def _key_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"[!-~]{8,200}", value) else "Paste the private API key as Klaviyo shows it; it begins with pk_."


def _secret_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"[!-~]{16,200}", value) else "A secret of webhooks has 16 characters or more, without spaces."


def _api_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"https?://[A-Za-z0-9.:_-]+/?", value) else "Write the address as https:// and a name, without a path."


def _revision_mistake(value: str) -> str | None:
    fits = re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(\.pre)?", value)
    return None if fits else "Write the revision as a date, such as 2026-07-15."


_KNOWN_BY = (("external_id", "External id"), ("id", "Klaviyo's profile id"), ("email", "Email address"), ("phone_number", "Phone number"))
_METRIC = ConnectionField("metric", "Name of the metric", help="Flows begin with it.", default="Voucher Assigned", check=_metric_mistake)

SNIPPET = """URL      [[url]]/v1/publications
Headers  X-App-Id: YOUR-APP-ID
         X-App-Token: YOUR-APP-TOKEN
Body     {"campaign": "[[campaign]]",
          "customer": "{{ person.external_id }}",
          "source_id": "klaviyo-[[campaign]]-{{ person.external_id }}",
          "channel": "Klaviyo"}"""
NOTE = (
    "Klaviyo cannot fetch a code while it renders a message, and its web feeds are the same for everybody. A Webhook action of a "
    "flow can ask before, but its answer is not read: let an automatic distribution with the trigger “Code successfully published” "
    "write the code to the profile, and let the flow wait 2 minutes before the message."
)

PROVIDER = Provider(
    key="klaviyo",
    name="Klaviyo",
    about="Records events that begin flows of Klaviyo, and writes codes to its profiles.",
    icon="flag",
    fields=(
        ConnectionField("api_key", "Private API key", Kind.SECRET, "In Klaviyo: Settings, API keys.", check=_key_mistake),
        *id_fields("Klaviyo"),
        ConnectionField("known_by", "What that id is", Kind.CHOICE, "What Klaviyo calls it.", "external_id", choices=_KNOWN_BY),
        ConnectionField(
            "contact",
            "Tell email address and phone number",
            Kind.SWITCH,
            "Klaviyo makes a profile for whoever it does not know; without an address it cannot write to them.",
            "yes",
            required=False,
        ),
        ConnectionField(
            "revision",
            "Revision of the API",
            help="Klaviyo serves one for two years.",
            default="2026-07-15",
            check=_revision_mistake,
        ),
        ConnectionField(
            "api", "Address of the API", help="Only a proxy has another.", default="https://a.klaviyo.com", check=_api_mistake, host=True
        ),
        ConnectionField(
            "webhook_secret",
            "Secret of the system webhook",
            Kind.SECRET,
            "The secret key that you gave the webhook in Klaviyo.",
            required=False,
            check=_secret_mistake,
            stays=True,
        ),
    ),
    check=check,
    prerequisites=prerequisites,
    receive=receive,
    tell_opt_out=tell,
    signature=signature,
    receipts_help="Where your plan has system webhooks (Advanced KDP), create one with the address {url}, a secret of your own and the "
    "topics bounced email, marked email as spam, unsubscribed from email marketing and unsubscribed from SMS marketing; then paste the "
    "secret above.",
    pull=Pull("POST", "headers", 0.0, "{{ person.external_id }}", SNIPPET, NOTE),
    modes=(
        Mode(
            "events",
            "platform",
            Takes.DATA,
            send_events,
            label="Events",
            identify_by="id",
            limits=Limits(payload.EVENTS, payload.BYTES, CALLS_A_SECOND),
            repeat_safe_for=0,
            names=Names("{{ event.NAME }}", check=_name_mistake, about="They are properties of the event that begins a flow."),
            needs=frozenset({"code"}),
            options=(_METRIC,),
        ),
        Mode(
            "profiles",
            "platform",
            Takes.DATA,
            send_profiles,
            label="Profiles",
            identify_by="id",
            limits=Limits(payload.PROFILES, payload.BYTES, CALLS_A_SECOND),
            repeat_safe_for=0,
            poll=poll,
            names=Names("{{ person|lookup:'NAME' }}", check=_name_mistake, about="They are properties of the profile."),
            needs=frozenset({"code"}),
        ),
    ),
)
