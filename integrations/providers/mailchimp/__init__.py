"""Mailchimp: codes written into merge fields of an audience, or told as events; its campaigns and journeys send.

https://mailchimp.com/developer/marketing/api/
`client.py` calls Mailchimp, `members.py` and `events.py` are the two ways, `answers.py` reads what it says to them, and
`receipts.py` what it tells us later.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from integrations.contract import Check, ConnectionField, Kind, Limits, Mode, Names, Provider, Settings, Stop, Takes
from integrations.http import Answer, Http
from integrations.providers.mailchimp import events, members
from integrations.providers.mailchimp.answers import problem_of
from integrations.providers.mailchimp.client import request
from integrations.providers.mailchimp.opt_outs import tell
from integrations.providers.mailchimp.receipts import receive, signature

NEEDS = frozenset({"new_code"})
"""A code that was published before is somewhere in Mailchimp already, or belongs to another tool."""


def check(http: Http, settings: Settings, at: int) -> Check:
    """Ask for a ping, then for the audience."""
    for path, missing in (("/ping", "There is no Mailchimp API at this address."), (_audience(settings), NO_AUDIENCE)):
        try:
            problem = problem_of(request(http, settings, "GET", path), missing)
        except Stop as why:
            problem = str(why)
        if problem:
            return Check(works=False, problems=(problem,))
    notes = () if settings["signing_secret"] else ("Without the signing secret, unsubscribes told by webhooks are not believed.",)
    return Check(works=True, notes=notes)


NO_AUDIENCE = "There is no audience with this id in the account. Copy it from Audience, Settings, Audience name and defaults."


def prerequisites(http: Http, settings: Settings, names: Sequence[str]) -> tuple[str, ...]:
    """Is the audience there, and does it have these merge fields?"""
    if problem := problem_of(request(http, settings, "GET", _audience(settings)), NO_AUDIENCE):
        return (problem,)
    if not names:
        return ()
    fields = request(http, settings, "GET", f"/lists/{settings['audience']}/merge-fields?count=1000&fields=merge_fields.tag")
    if problem := problem_of(fields, NO_AUDIENCE):
        return (problem,)
    there = _tags(fields)
    return tuple(
        f"The audience has no merge field {name}. Add it, as text: Audience, Settings, Audience fields and *|MERGE|* tags."
        for name in names
        if name not in there
    )


def _tags(answer: object) -> set[str]:
    document = answer.json() if isinstance(answer, Answer) else None
    found = document.get("merge_fields") if isinstance(document, dict) else None
    return {str(one.get("tag")) for one in found if isinstance(one, dict)} if isinstance(found, list) else set()


def _audience(settings: Settings) -> str:
    return f"/lists/{settings['audience']}?fields=id"


def _tag_mistake(name: str) -> str | None:
    fits = re.fullmatch(r"[A-Z][A-Z0-9_]{0,9}", name)
    return None if fits else "A merge tag has up to 10 characters: A to Z, 0 to 9 and _, a letter first."


def _property_mistake(name: str) -> str | None:
    return None if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,29}", name) else "Use up to 30 letters, digits and _, a letter first."


def _key_mistake(value: str) -> str | None:
    fits = re.fullmatch(r"[A-Za-z0-9]{8,64}-[a-z]{2}\d{1,3}", value)
    return None if fits else "Paste the whole API key; it ends with the data centre, such as -us19."


def _audience_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"[A-Za-z0-9]{4,32}", value) else "Paste the id of the audience: letters and digits, such as a6b5da1054."


def _api_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"https?://[A-Za-z0-9.:_-]+/?", value) else "Write the address as https:// and a name, without a path."


def _secret_mistake(value: str) -> str | None:
    return None if value.isprintable() and 8 <= len(value) <= 200 else "Paste the signing secret that Mailchimp showed with the webhook."


def _event_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"[A-Za-z0-9_]{2,30}", value) else "Write 2 to 30 letters, digits and _."


_NEW = (
    ("", "Leave them out"),
    ("transactional", "Add them as transactional contacts"),
    ("pending", "Ask them to confirm (double opt-in)"),
    ("subscribed", "Add them as subscribed: only who agreed"),
)
_SUGGESTED = {
    "voucher.code": "VCODE", "voucher.discount": "VWORTH", "voucher.value": "VVALUE", "voucher.expires": "VUNTIL", "voucher.qr": "VQR",
    "voucher.barcode": "VBARCODE", "voucher.published": "VGIVEN", "campaign.name": "VCAMPAIGN",
}  # fmt: skip

PROVIDER = Provider(
    key="mailchimp",
    name="Mailchimp",
    about="Writes codes into merge fields of an audience, or tells them as events; Mailchimp sends.",
    icon="mail-open",
    fields=(
        ConnectionField("api_key", "API key", Kind.SECRET, "In Mailchimp: Profile, Extras, API keys.", check=_key_mistake),
        ConnectionField("audience", "Audience id", help="In Mailchimp: Audience, Settings, Audience name and defaults.",
                        check=_audience_mistake),
        ConnectionField(
            "new_contacts", "Who is not in the audience yet", Kind.CHOICE,
            "Nobody who left the audience is ever brought back.", required=False, choices=_NEW,
        ),
        ConnectionField(
            "signing_secret", "Signing secret of the webhook", Kind.SECRET, "Mailchimp shows it once, when the webhook is made.",
            required=False, check=_secret_mistake,
            stays=True,
        ),
        ConnectionField("api", "Address of the API", help="Only for a proxy; else it follows from the key.", required=False,
                        check=_api_mistake, host=True),
    ),
    check=check,
    prerequisites=prerequisites,
    receive=receive,
    tell_opt_out=tell,
    signature=signature,
    receipts_help="Make a webhook of the audience by the API (POST /lists/(audience id)/webhooks) with the address {url}, the events "
    "unsubscribe and cleaned, the source api switched off and signing on; paste the signing secret it answers with above.",
    modes=(
        Mode(
            "members",
            "platform",
            Takes.DATA,
            members.send,
            label="Merge fields of contacts",
            identify_by="email",
            limits=Limits(members.ITEMS, concurrent=4, counted=True),
            repeat_safe_for=0,
            names=Names("*|NAME|*", _SUGGESTED, _tag_mistake, exist=True, about="Each value is a merge field of the contact."),
            needs=NEEDS,
        ),
        Mode(
            "events",
            "platform",
            Takes.DATA,
            events.send,
            label="Events of contacts",
            identify_by="email",
            limits=Limits(events.ITEMS, concurrent=4, counted=True),
            names=Names("", check=_property_mistake, about="Each value is a property of the event that begins a journey."),
            options=(ConnectionField("event", "Name of the event", help="A journey begins with it.", default="code_given",
                                     check=_event_mistake),),
            needs=NEEDS,
        ),
    ),
)  # fmt: skip
