"""MoEngage: codes written to attributes of users, recorded as events, or handed to alerts; MoEngage sends.

https://www.moengage.com/docs/api/introduction
`client.py` calls MoEngage, `bulk.py` and `inform.py` are the ways, `answers.py` reads what it says to them, and `receipts.py` what it
tells us later.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from integrations.contract import (
    AllAccepted,
    Batch,
    Check,
    ConnectionField,
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
from integrations.http import Failure, Http
from integrations.providers.moengage import bulk, inform
from integrations.providers.moengage.answers import STOPS, took
from integrations.providers.moengage.client import BYTES, CENTRES, request
from integrations.providers.moengage.opt_outs import tell
from integrations.providers.moengage.receipts import receive

BULK_CALLS_A_SECOND = 5
"""MoEngage takes 60,000 users and 60,000 events a minute: five full calls a second."""
ALERTS_A_SECOND = 160
"""It takes 10,000 alerts a minute."""


def check(http: Http, settings: Settings, at: int) -> Check:
    """MoEngage's own test of a connection."""
    region = settings["centre"] if settings["centre"] in CENTRES else "01"
    body = {"app_id": settings["workspace"], "app_secret": settings["data_key"], "source": "largesse", "region": region}
    result = request(http, settings, "/v1/integrations/authentication", body, settings["data_key"])
    if isinstance(result, Failure):
        return Check(works=False, problems=(result.reason,))
    if not took(result):
        problem = STOPS.get(result.status) or f"MoEngage answered {result.status}, but not that it knows the key."
        return Check(works=False, problems=(problem,))
    return Check(
        works=True, notes=() if settings["streams_token"] else ("Without the token of Streams, opt-outs told by them are not believed.",)
    )


def prerequisites(http: Http, settings: Settings, names: Sequence[str]) -> tuple[str, ...]:
    """MoEngage creates attributes and events when they are first written; only the key must work."""
    return check(http, settings, 0).problems


def _name_mistake(name: str) -> str | None:
    fits = re.fullmatch(r"[A-Za-z][A-Za-z0-9_ ]{0,49}", name) and not name.casefold().startswith("moe_")
    return None if fits else "Use up to 50 letters, digits, _ and spaces, a letter first; MoEngage keeps moe_ for itself."


def _key_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"[!-~]{8,200}", value) else "Paste the key as MoEngage shows it, without spaces."


def _workspace_mistake(value: str) -> str | None:
    return (
        None
        if re.fullmatch(r"[A-Za-z0-9_-]{4,64}", value)
        else "Paste the workspace id: letters and digits; _DEBUG at its end is the test one."
    )


def _api_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"https?://[A-Za-z0-9.:_-]+/?", value) else "Write the address as https:// and a name, without a path."


def _alert_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"[A-Za-z0-9]{6,64}", value) else "Paste the id of the alert: letters and digits."


def _mode(
    key: str,
    label: str,
    send: Callable[[Http, Settings, Batch], Iterator[Outcome] | Iterator[Outcome | AllAccepted]],
    limits: Limits,
    tag: str,
    option: ConnectionField | None = None,
    safe_for: int | None = None,
) -> Mode:
    names = Names(tag, check=_name_mistake, about=f"In a message of MoEngage each value is {tag.replace('NAME', 'its name')}.")
    return Mode(
        key,
        "platform",
        Takes.DATA,
        send,
        label=label,
        identify_by="id",
        limits=limits,
        repeat_safe_for=safe_for,
        names=names,
        needs=frozenset({"code"}),
        options=(option,) if option else (),
    )


_CENTRES = (
    ("01", "01 (United States)"), ("02", "02 (Europe)"), ("03", "03 (India)"), ("04", "04 (United States)"), ("05", "05 (Singapore)"),
    ("06", "06 (Indonesia)"), ("101", "101"), ("other", "Another address"),
)  # fmt: skip
_EVENT = ConnectionField("event", "Name of the event", help="Flows begin with it.", default="voucher_assigned", check=_name_mistake)
_ALERT = ConnectionField("alert", "Alert id", help="In MoEngage: Inform, the alert, its details.", check=_alert_mistake)
_ALERTS = Limits(1, per_second=ALERTS_A_SECOND)
_NEW = (("", "Leave them out"), ("create", "Make a user of them"))

WHO = "{{UserAttribute['uid']}}"
SNIPPET = f"""Method   GET
URL      [[url]]/v1/publications/create?campaign=[[campaign]]&customer={WHO}&source_id=moengage-[[campaign]]-{WHO}
Headers  X-App-Id: YOUR-APP-ID
         X-App-Token: YOUR-APP-TOKEN"""
NOTE = (
    "Into a Content API: Settings, Advanced settings, Content API; the key is one made for a platform. In the message write "
    "{{ContentApi.NAME.voucher.code|default('MOE_NOT_SEND')}}: without a code nothing is sent. MoEngage waits 5 seconds and asks up to "
    "three times; source_id makes that one code."
)

PROVIDER = Provider(
    key="moengage",
    name="MoEngage",
    about="Writes codes to attributes of users, records events, or lets MoEngage send an alert.",
    icon="megaphone",
    fields=(
        ConnectionField("workspace", "Workspace id", help="In MoEngage: Settings, Account, APIs. With _DEBUG it is the test environment.",
                        check=_workspace_mistake),
        ConnectionField("data_key", "Key of the Data API", Kind.SECRET, "In the tile Data of the same page.", check=_key_mistake),
        ConnectionField("inform_key", "Key of Inform", Kind.SECRET, "In the tile Inform; empty where one key is for everything.",
                        required=False, check=_key_mistake),
        ConnectionField("centre", "Data centre", Kind.CHOICE, "The number in the address of your dashboard.", "01", choices=_CENTRES,
                        host=True),
        ConnectionField("api", "Address of the API", help="Only for another address.", check=_api_mistake, only_if=("centre", "other"),
                        host=True),
        *id_fields("MoEngage"),
        ConnectionField("new_profiles", "Who is no user yet", Kind.CHOICE,
                        "Attributes can make users; an event of somebody unknown makes one always.", required=False, choices=_NEW),
        ConnectionField("streams_token", "Token of Streams", Kind.SECRET, "The bearer token that you give the stream as its static header.",
                        required=False, check=_key_mistake, stays=True),
    ),
    check=check,
    prerequisites=prerequisites,
    receive=receive,
    tell_opt_out=tell,
    receipts_tell="bounced, complained, unsubscribed",
    receipts_help="Where your plan has Streams, ask MoEngage's support for one with the address {url}, the events email hard bounce, spam, "
    "drop and unsubscribe, and the static header Authorization with Bearer and a token of your own; then paste that token above.",
    pull=Pull("GET", "headers", 5.0, WHO, SNIPPET, NOTE),
    modes=(
        _mode("attributes", "Attributes of users", bulk.send_attributes, Limits(bulk.ITEMS, BYTES, BULK_CALLS_A_SECOND),
              "{{UserAttribute['NAME']}}", safe_for=0),
        _mode("events", "Events", bulk.send_events, Limits(bulk.ITEMS, BYTES, BULK_CALLS_A_SECOND), "{{EventAttribute['NAME']}}", _EVENT),
        _mode("inform_email", "Alert by e-mail", inform.send_mail, _ALERTS, "{{NAME}}", _ALERT, inform.KNOWN_FOR),
        _mode("inform_sms", "Alert by SMS", inform.send_sms, _ALERTS, "{{NAME}}", _ALERT, inform.KNOWN_FOR),
    ),
)  # fmt: skip
