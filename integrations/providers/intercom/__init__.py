"""Intercom: codes written to custom attributes of contacts, or recorded as events; its series and workflows send.

https://developers.intercom.com/docs/references/rest-api/api.intercom.io
`client.py` calls Intercom, `contacts.py` and `events.py` are the two ways, `answers.py` reads what it says to them, `attributes.py`
looks for what must be there, and `receipts.py` reads what it tells us later.
"""

from __future__ import annotations

import re

from integrations.contract import Check, ConnectionField, Kind, Limits, Mode, Names, Provider, Pull, Settings, Takes, id_fields
from integrations.http import Failure, Http
from integrations.providers.intercom import contacts, events
from integrations.providers.intercom.answers import STOPS
from integrations.providers.intercom.attributes import prerequisites
from integrations.providers.intercom.client import json_object, request
from integrations.providers.intercom.opt_outs import tell
from integrations.providers.intercom.receipts import receive, signature

CALLS_A_SECOND = 150
"""Intercom takes 10,000 calls a minute of an app."""


def check(http: Http, settings: Settings, at: int) -> Check:
    """Ask who we are, and in which region the workspace is."""
    result = request(http, settings, "GET", "/me")
    if isinstance(result, Failure):
        return Check(works=False, problems=(result.reason,))
    me = json_object(result)
    if result.status != 200 or me.get("type") != "admin":
        problem = STOPS.get(result.status) or f"Intercom answered {result.status}, but not as it should."
        return Check(works=False, problems=(problem,))
    app = me.get("app")
    region = str(app.get("region") or "").casefold() if isinstance(app, dict) else ""
    if region in {"us", "eu", "au"} and settings["region"] not in {region, "other"}:
        return Check(works=False, problems=(f"The workspace is in the region {region.upper()}: choose that in the connection.",))
    notes = () if settings["client_secret"] else ("Without the client secret, opt-outs told by webhooks are not believed.",)
    return Check(works=True, notes=notes)


def _name_mistake(name: str) -> str | None:
    fits = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,189}", name)
    return None if fits else "Use letters, digits, _ and -, a letter or digit first."


def _token_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"[!-~]{8,400}", value) else "Paste the access token as Intercom shows it, without spaces."


def _api_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"https?://[A-Za-z0-9.:_-]+/?", value) else "Write the address as https:// and a name, without a path."


def _event_mistake(value: str) -> str | None:
    fits = re.fullmatch(r"[^\s.$][^.$]{0,119}", value) and value.isprintable()
    return None if fits else "Write up to 120 characters, without dots and $."


_REGIONS = (("us", "United States"), ("eu", "Europe"), ("au", "Australia"), ("other", "Another address"))
_KNOWN_BY = (("external_id", "External id (user id)"), ("email", "Email address"), ("id", "Intercom's own id"))
_NEW = (("", "Leave them out"), ("create", "Make a user of them"))
_MISSING = (("", "Say which are missing"), ("create", "Make them, as text"))

SNIPPET = """Method   POST
URL      [[url]]/v1/publications
Headers  X-App-Id: YOUR-APP-ID
         X-App-Token: YOUR-APP-TOKEN
         Content-Type: application/json
Body     {"campaign": "[[campaign]]",
          "customer": "{{customer_id}}",
          "source_id": "intercom-[[campaign]]-{{customer_id}}",
          "channel": "Intercom"}"""
NOTE = (
    "Into a data connector (once called custom action): Settings, Data connectors. Add the data input customer_id and fill it with the "
    "External ID of the person; map voucher.code of the answer to an attribute, which a workflow then writes. Messages of a series "
    "cannot ask while they are sent: write the code to the contact before."
)

PROVIDER = Provider(
    key="intercom",
    name="Intercom",
    about="Writes codes to attributes of contacts, or records events; Intercom sends.",
    icon="message-circle",
    fields=(
        ConnectionField("token", "Access token", Kind.SECRET, "In Developer Hub: your app, Authentication.", check=_token_mistake),
        ConnectionField("region", "Region", Kind.CHOICE, "Where the workspace is hosted.", "us", choices=_REGIONS, host=True),
        ConnectionField(
            "api", "Address of the API", help="Only for another address.", check=_api_mistake, only_if=("region", "other"), host=True
        ),
        *id_fields("Intercom"),
        ConnectionField("known_by", "What that id is", Kind.CHOICE, "What Intercom calls it.", "external_id", choices=_KNOWN_BY),
        ConnectionField(
            "new_contacts", "Who is no contact yet", Kind.CHOICE, "Only attributes make contacts; events never do.",
            required=False, choices=_NEW,
        ),
        ConnectionField(
            "new_attributes", "Attributes that are missing", Kind.CHOICE,
            "They are looked for when a channel is set up, and can be made then.", required=False, choices=_MISSING,
        ),
        ConnectionField(
            "client_secret", "Client secret", Kind.SECRET, "In the Developer Hub: Basic information. It checks what webhooks tell.",
            required=False, check=_token_mistake, stays=True,
        ),
    ),
    check=check,
    prerequisites=prerequisites,
    receive=receive,
    tell_opt_out=tell,
    signature=signature,
    receipts_tell="unsubscribed",
    receipts_help="In the Developer Hub, open Webhooks of your app, enter the address {url} and choose the topics contact.unsubscribed and "
    "granular.unsubscribe; then paste the client secret above.",
    pull=Pull("POST", "headers", 0.0, "{{customer_id}}", SNIPPET, NOTE),
    modes=(
        Mode(
            "attributes",
            "platform",
            Takes.DATA,
            contacts.send,
            label="Attributes of contacts",
            identify_by="id",
            limits=Limits(contacts.ITEMS, per_second=CALLS_A_SECOND // contacts.ITEMS),
            repeat_safe_for=0,
            names=Names("{{NAME}}", check=_name_mistake, exist=True, about="Each value is a custom attribute of the contact."),
            needs=frozenset({"code"}),
        ),
        Mode(
            "events",
            "platform",
            Takes.DATA,
            events.send,
            label="Events of contacts",
            identify_by="id",
            limits=Limits(1, per_second=CALLS_A_SECOND),
            names=Names("{{event.metadata.NAME}}", check=_name_mistake, about="Each value is metadata of the event, ten at most."),
            needs=frozenset({"code"}),
            options=(
                ConnectionField("event", "Name of the event", help="A series or workflow begins with it.", default="voucher-assigned",
                                check=_event_mistake),
            ),
        ),
    ),
)  # fmt: skip
