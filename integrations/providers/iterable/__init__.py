"""Iterable: fields of profiles, custom events, API-triggered campaigns and journeys.

https://api.iterable.com/api/docs
`modes.py` says in which ways, `payload.py` writes a batch for Iterable, `answers.py` reads what it says to that, `receipts.py` what it
tells us later.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from integrations.contract import Check, ConnectionField, Kind, Provider, Pull, Settings, id_fields
from integrations.http import Answer, Failure, Http
from integrations.providers.iterable import payload
from integrations.providers.iterable.answers import STOPS
from integrations.providers.iterable.modes import MODES
from integrations.providers.iterable.opt_outs import tell
from integrations.providers.iterable.receipts import receive

READ_ONLY = "The API key may only read: make a server-side key in Iterable, under Integrations, API keys."


def check(http: Http, settings: Settings, at: int) -> Check:
    """Ask for the lists, which every key may, then offer an update of nobody, which only a key that may write is let do."""
    asked = http.request("GET", payload.url(settings, "lists"), headers=payload.headers(settings))
    problem = _problem_of(asked)
    if not problem:
        offered = http.post(payload.url(settings, "users/bulkUpdate"), body=b'{"users":[]}', headers=payload.headers(settings))
        problem = READ_ONLY if isinstance(offered, Answer) and offered.status in {401, 403} else ""
    if problem:
        return Check(works=False, problems=(problem,))
    notes = [missing] if (missing := _missing_channels(http, settings)) else []
    hint = "Without the token of the webhook, what Iterable tells is believed only about messages that this connection sent."
    return Check(works=True, notes=(*notes, *(() if settings["receipts_token"] else (hint,))))


def _missing_channels(http: Http, settings: Settings) -> str:
    """Which of the channels that people leave are not there, in a sentence, or empty."""
    wanted = payload.channels(settings)
    answer = http.request("GET", payload.url(settings, "channels"), headers=payload.headers(settings)) if wanted else None
    found = answer.json() if isinstance(answer, Answer) and answer.status == 200 else None
    listed = found.get("channels") if isinstance(found, dict) else None
    if not isinstance(listed, list):
        return ""
    there = {str(one.get("id")) for one in listed if isinstance(one, dict)}
    missing = [channel for channel in wanted if channel not in there]
    return f"The project in Iterable has no message channel {', '.join(missing)}." if missing else ""


def prerequisites(http: Http, settings: Settings, names: Sequence[str]) -> tuple[str, ...]:
    """Does the project have these fields? Where the connection adds them, nothing is missing."""
    if not names:
        return check(http, settings, 0).problems
    asked = http.request("GET", payload.url(settings, "users/getFields"), headers=payload.headers(settings))
    if problem := _problem_of(asked):
        return (problem,)
    found = asked.json() if isinstance(asked, Answer) else None
    there = found.get("fields") if isinstance(found, dict) else None
    if not isinstance(there, dict):
        return ("Iterable did not say which fields its project has. Check again in a while.",)
    missing = [] if settings["new_fields"] else [name for name in names if name not in there]
    return tuple(
        f"The project in Iterable has no field {name}. Add it there under Settings, Custom event and user fields, or switch on in the "
        "connection that fields are added."
        for name in missing
    )


def _problem_of(result: Answer | Failure) -> str:
    """Why it cannot be used, in our words, or empty."""
    if isinstance(result, Failure):
        return result.reason
    if result.status == 200:
        return "" if isinstance(result.json(), dict) else "There is no Iterable API at this address."
    return STOPS.get(result.status, f"Iterable answered {result.status}.")


def _key_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"[!-~]{8,200}", value) else "Paste it without spaces, as it was shown."


def _api_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"https?://[A-Za-z0-9.:_-]+/?", value) else "Write the address as https:// and a name, without a path."


def _channels_mistake(value: str) -> str | None:
    fits = re.fullmatch(r"[1-9][0-9]{0,17}( ?, ?[1-9][0-9]{0,17}){0,9}", value)
    return None if fits else "Write the ids of up to 10 message channels, with commas between them."


_REGIONS = (("us", "United States"), ("eu", "Europe"), ("other", "Another address"))
_KNOWN_BY = (("email", "Email address"), ("userId", "User id"))

QUERY = "campaign=[[campaign]]&customer={{userId}}&source_id=iterable-[[campaign]]-{{userId}}&channel=Iterable"
SNIPPET = f"""URL      [[url]]/v1/publications/create?{QUERY}
Headers  X-App-Id: YOUR-APP-ID
         X-App-Token: YOUR-APP-TOKEN"""
NOTE = (
    "A data feed of type JSON, with a key whose Used by says Iterable; in the template switch it on and write the path voucher.code in two "
    "square brackets. Switch caching off. Iterable calls it again for a preview or a retry, and source_id gives the same code. Where there "
    "is no code the answer is not 200, and Iterable skips the message (DataFeedError). A project that knows people by e-mail address "
    "writes {{email}} for {{userId}}."
)

PROVIDER = Provider(
    key="iterable",
    name="Iterable",
    about="Writes codes to profiles of Iterable, records events there, or lets it send a campaign or begin a journey.",
    icon="repeat",
    fields=(
        ConnectionField("api_key", "API key", Kind.SECRET, "A server-side key: in Iterable, Integrations, API keys.", check=_key_mistake),
        ConnectionField(
            "region",
            "Data centre",
            Kind.CHOICE,
            "It stands in the address of the app (app.eu is Europe).",
            "us",
            choices=_REGIONS,
            host=True,
        ),
        ConnectionField(
            "api", "Address of the API", help="Only for another address.", check=_api_mistake, only_if=("region", "other"), host=True
        ),
        *id_fields("Iterable", "email"),
        ConnectionField("known_by", "What that id is", Kind.CHOICE, "How the project identifies people.", "email", choices=_KNOWN_BY),
        ConnectionField(
            "makes_profiles",
            "Make profiles of user ids that are not there",
            Kind.SWITCH,
            "Only projects that identify by e-mail address ask; the others always make them.",
            required=False,
            only_if=("known_by", "userId"),
        ),
        ConnectionField(
            "new_fields",
            "Add fields that are not there",
            Kind.SWITCH,
            "Otherwise the setting of the project holds, and a distribution pauses whose fields Iterable drops.",
            required=False,
        ),
        ConnectionField(
            "opt_out_channels",
            "Message channels that people leave",
            help="Their ids, for telling Iterable who wants nothing more; its support switches the operation on.",
            required=False,
            check=_channels_mistake,
        ),
        ConnectionField(
            "receipts_token",
            "Token of the webhook",
            Kind.SECRET,
            "The token that you give the system webhook, with the authentication Basic.",
            required=False,
            check=_key_mistake,
            stays=True,
        ),
    ),
    check=check,
    prerequisites=prerequisites,
    receive=receive,
    tell_opt_out=tell,
    receipts_help="In Iterable, under Integrations, System webhooks, create a webhook with the address {url}, the authentication Basic and "
    "a token of your own; choose the e-mail and SMS events for triggered and blast sends, and paste the token above.",
    pull=Pull("GET", "headers", 10.0, "{{userId}}", SNIPPET, NOTE),
    modes=MODES,
)
