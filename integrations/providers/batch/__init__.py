"""Batch: attributes on profiles, and events that begin its automations.

https://doc.batch.com/developer/api/cep
`payload.py` writes operations on profiles, `answers.py` reads what Batch says to them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from integrations.contract import (
    Batch,
    Check,
    Config,
    ConnectionField,
    Fate,
    Kind,
    Limits,
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
from integrations.providers.batch import payload
from integrations.providers.batch.answers import STOPS, send_call

MAKES_PROFILES = (
    "Batch makes a profile of every custom id that it does not know. Nothing is sent until somebody has switched on in the connection "
    "that it may."
)
REPLY_LIMIT = 4_000_000
"""An answer may hold an error for each operation."""
Write = Callable[[Settings, Batch], payload.Body]


def send_attributes(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome]:
    """Attributes on profiles; a repetition overwrites itself."""
    yield from _send(http, settings, batch, payload.attributes, payload.ITEMS["mass-update"], safe=True)


def send_events(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome]:
    """An event for each profile; Batch does not recognise a repetition."""
    yield from _send(http, settings, batch, payload.events, payload.ITEMS["update"], safe=False)


def _send(http: Http, settings: Settings, batch: Batch, write: Write, items: int, *, safe: bool) -> Iterator[Outcome]:
    if not settings["makes_profiles"]:
        raise Config(MAKES_PROFILES)

    def post(part: Batch) -> Answer | Failure:
        path = "update" if len(part.messages) <= payload.ITEMS["update"] else "mass-update"
        where, sent = payload.url(settings, f"profiles/{path}"), payload.as_bytes(write(settings, part))
        return http.post(where, body=sent, headers=payload.headers(settings), messages=len(part.messages), reply_limit=REPLY_LIMIT)

    fitting = []
    for message in batch.messages:
        if name := payload.too_long(message):
            yield Outcome(message.id, Fate.REFUSED, f"The value of {name} is too long: Batch takes {payload.LONGEST} characters.")
        else:
            fitting.append(message)
    for messages in payload.calls(fitting, items):
        yield from send_call(Batch(messages, options=batch.options), post, settings, safe=safe)


def check(http: Http, settings: Settings, at: int) -> Check:
    """Offer an update of nobody: a key that may write is told that it is empty, and nothing is written."""
    result = http.post(payload.url(settings, "profiles/update"), body=b"[]", headers=payload.headers(settings))
    if isinstance(result, Failure):
        return Check(works=False, problems=(result.reason,))
    said = result.json()
    is_its_own = isinstance(said, dict) and bool(said.keys() & {"code", "error_code"})
    if result.status in STOPS or not is_its_own or result.status not in {200, 202, 400}:
        return Check(works=False, problems=(STOPS.get(result.status, f"Batch answered {result.status}, but not as it should."),))
    return Check(works=True, notes=() if settings["makes_profiles"] else (MAKES_PROFILES,))


def prerequisites(http: Http, settings: Settings, names: Sequence[str]) -> tuple[str, ...]:
    """Batch creates attributes when they are first written; the key must work, and profiles may be made."""
    return check(http, settings, 0).problems or (() if settings["makes_profiles"] else (MAKES_PROFILES,))


def _name_mistake(name: str) -> str | None:
    return None if re.fullmatch(r"[a-z0-9_]{1,30}", name) else "Use up to 30 small letters, digits and _."


def _key_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"[!-~]{8,200}", value) else "Paste the REST API key without spaces, as it was shown."


def _project_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"project_[A-Za-z0-9]{4,80}", value) else "Paste the project key; it begins with project_."


def _version_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"[1-9]\.[0-9]{1,2}", value) else "Write the version with a dot, such as 2.11."


def _api_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"https?://[A-Za-z0-9.:_-]+/?", value) else "Write the address as https:// and a name, without a path."


_EVENT = ConnectionField(
    "event", "Name of the event", help="Automations in Batch begin with it.", default="voucher_assigned", check=_name_mistake
)
CANNOT = (
    "Batch cannot fetch a code while it makes a message. Send the codes before: a distribution writes them to attributes of the profile, "
    "or tells them in the event that begins an automation."
)

PROVIDER = Provider(
    key="batch",
    name="Batch",
    about="Writes codes to profiles of Batch, or records events that begin its automations.",
    icon="layers",
    fields=(
        ConnectionField("api_key", "REST API key", Kind.SECRET, "In Batch: Settings, General; of the company.", check=_key_mistake),
        ConnectionField("project", "Project key", help="It begins with project_.", check=_project_mistake),
        *id_fields("Batch"),
        ConnectionField(
            "makes_profiles",
            "May make profiles",
            Kind.SWITCH,
            "Batch makes one of every custom id that it does not know. Until this is on, nothing is sent.",
            required=False,
        ),
        ConnectionField("version", "Version of the API", help="It stands in the address.", default="2.11", check=_version_mistake),
        ConnectionField(
            "api", "Address of the API", help="Only a proxy has another.", default="https://api.batch.com", check=_api_mistake, host=True
        ),
    ),
    check=check,
    prerequisites=prerequisites,
    pull=Pull(cannot=CANNOT),
    modes=(
        Mode(
            "attributes",
            "platform",
            Takes.DATA,
            send_attributes,
            label="Attributes of the profile",
            identify_by="id",
            limits=Limits(payload.ITEMS["mass-update"], payload.BYTES, 1),
            repeat_safe_for=0,
            names=Names("{{ NAME }}", check=_name_mistake, about="They are custom attributes of the profile, once enabled there."),
            needs=frozenset({"code"}),
        ),
        Mode(
            "events",
            "platform",
            Takes.DATA,
            send_events,
            label="Event",
            identify_by="id",
            limits=Limits(payload.ITEMS["update"], payload.BYTES, 1),
            names=Names("{{ event.NAME }}", check=_name_mistake, about="They are attributes of the event that begins an automation."),
            needs=frozenset({"code"}),
            options=(_EVENT,),
        ),
    ),
)
