"""Airship: codes recorded as custom events, written to attributes of named users, or sent in a template by e-mail.

https://www.airship.com/docs/developer/rest-api/ua/
`client.py` calls Airship, `events.py`, `named_users.py` and `mails.py` are the ways, `answers.py` reads what it says to them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from integrations.contract import Check, ConnectionField, Kind, Limits, Mode, Names, Provider, Pull, Settings, Takes, id_fields
from integrations.http import Failure, Http
from integrations.providers.airship import events, mails, named_users
from integrations.providers.airship.answers import STOPS
from integrations.providers.airship.client import BYTES, json_object, request
from integrations.providers.airship.opt_outs import tell


def check(http: Http, settings: Settings, at: int) -> Check:
    """List segments, which changes nothing."""
    result = request(http, settings, "GET", "/api/segments?limit=1")
    if isinstance(result, Failure):
        return Check(works=False, problems=(result.reason,))
    if result.status != 200 or not isinstance(json_object(result).get("segments"), list):
        problem = STOPS.get(result.status) or f"Airship answered {result.status}, but not with its segments."
        return Check(works=False, problems=(problem,))
    return Check(works=True, notes=("What became of messages, and who opted out in Airship, is not told here.",))


def prerequisites(http: Http, settings: Settings, names: Sequence[str]) -> tuple[str, ...]:
    """Only the token must work: Airship has no call that lists attributes or makes them; a missing one is named when it is written."""
    return check(http, settings, 0).problems


def _name_mistake(name: str) -> str | None:
    fits = re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,63}", name) and not name.casefold().startswith("ua_")
    return None if fits else "Use up to 64 letters, digits and _, a letter first; Airship keeps ua_ for itself."


def _token_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"[!-~]{8,400}", value) else "Paste the token as Airship shows it, without spaces."


def _app_key_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"[A-Za-z0-9_-]{22}", value) else "Paste the app key: 22 letters, digits, _ and -."


def _api_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"https?://[A-Za-z0-9.:_-]+/?", value) else "Write the address as https:// and a name, without a path."


def _event_mistake(value: str) -> str | None:
    fits = value.isprintable() and 0 < len(value) <= 255 and value == value.lower() and value == value.strip()
    return None if fits else "Write up to 255 characters, all in small letters."


def _template_mistake(value: str) -> str | None:
    return (
        None
        if re.fullmatch(r"[0-9A-Fa-f-]{8,40}", value)
        else "Paste the id of the template, such as ef34a8d9-0ad7-491c-86b0-aea74da15161."
    )


def _address_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value) else "Write an email address."


def _sender_mistake(value: str) -> str | None:
    return None if value.isprintable() and 0 < len(value.strip()) <= 100 else "Write up to 100 characters."


_CLOUDS = (("us", "North America"), ("eu", "Europe"), ("other", "Another address"))
_SETTINGS_OF_MAIL = "Only for e-mail by template; the domain must be set up in Airship."

WHO = "{{ua_named_user_id}}"
SNIPPET = f"""URL      [[url]]/v1/publications/create?campaign=[[campaign]]&customer={WHO}&source_id=airship-[[campaign]]-{WHO}
Headers  X-App-Id: YOUR-APP-ID
         X-App-Token: YOUR-APP-TOKEN"""
NOTE = (
    "Into an external data feed: Settings, External data feeds, with throttling and without caching, and with failed responses aborting "
    'the message: without a code nothing is sent. In the message write {{#feed "NAME"}}{{voucher.code}}{{/feed}}. The key is one '
    "made for a platform."
)

PROVIDER = Provider(
    key="airship",
    name="Airship",
    about="Records events, writes codes to attributes, or lets Airship send a template by e-mail.",
    icon="radio-tower",
    fields=(
        ConnectionField("app_key", "App key", help="In Airship: Settings, Project configuration.", check=_app_key_mistake),
        ConnectionField("token", "Bearer token", Kind.SECRET, "In Airship: Settings, Tokens; with the role All access or its parts.",
                        check=_token_mistake),
        ConnectionField("cloud", "Cloud", Kind.CHOICE, "Where the project is hosted.", "us", choices=_CLOUDS, host=True),
        ConnectionField("api", "Address of the API", help="Only for another address.", check=_api_mistake, only_if=("cloud", "other"),
                        host=True),
        *id_fields("Airship"),
        ConnectionField("sender_name", "Sender’s name", help=_SETTINGS_OF_MAIL, required=False, check=_sender_mistake),
        ConnectionField("sender_address", "Sender’s address", help=_SETTINGS_OF_MAIL, required=False, check=_address_mistake),
        ConnectionField("reply_to", "Answers go to", help="Empty: to the sender’s address.", required=False, check=_address_mistake),
    ),
    check=check,
    prerequisites=prerequisites,
    tell_opt_out=tell,
    pull=Pull("GET", "headers", 0.0, WHO, SNIPPET, NOTE),
    modes=(
        Mode(
            "events",
            "platform",
            Takes.DATA,
            events.send,
            label="Custom events",
            identify_by="id",
            limits=Limits(events.ITEMS, BYTES),
            names=Names("{{event.NAME}}", check=_name_mistake, about="Each value is a property of the event that begins a sequence."),
            needs=frozenset({"code"}),
            options=(ConnectionField("event", "Name of the event", help="Sequences begin with it.", default="voucher_assigned",
                                     check=_event_mistake),),
        ),
        Mode(
            "attributes",
            "platform",
            Takes.DATA,
            named_users.send,
            label="Attributes of named users",
            identify_by="id",
            limits=Limits(named_users.ITEMS),
            repeat_safe_for=0,
            names=Names("{{NAME}}", check=_name_mistake, about="Each value is an attribute, which must be defined in Airship, as text."),
            needs=frozenset({"code"}),
        ),
        Mode(
            "email",
            "platform",
            Takes.DATA,
            mails.send,
            label="E-mail by template",
            identify_by="email",
            limits=Limits(mails.ITEMS, BYTES),
            names=Names("{{NAME}}", check=_name_mistake, about="In the template each value is written by its name."),
            needs=frozenset({"code"}),
            options=(ConnectionField("template", "Template in Airship", help="Its id: in Airship, Content, the template.",
                                     check=_template_mistake),),
        ),
    ),
)  # fmt: skip
