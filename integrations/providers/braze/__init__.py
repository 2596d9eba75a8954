"""Braze: values on profiles, custom events, API-triggered campaigns and Canvases, and transactional mails.

https://www.braze.com/docs/api/basics
`modes.py` says in which ways, `payload.py` writes a batch for Braze, `answers.py` reads what it says to that, `receipts.py` what it
tells us later.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from integrations.contract import Check, ConnectionField, Kind, Provider, Pull, Settings, id_fields
from integrations.http import Answer, Failure, Http
from integrations.providers.braze import payload
from integrations.providers.braze.answers import STOPS
from integrations.providers.braze.modes import MODES, OBJECTS
from integrations.providers.braze.opt_outs import tell
from integrations.providers.braze.receipts import receive


def check(http: Http, settings: Settings, at: int) -> Check:
    """List campaigns; a key that may not is asked to write to a profile that is not there, which writes nothing."""
    result = http.request("GET", f"{payload.api(settings)}/campaigns/list?page=0", headers=payload.headers(settings))
    if isinstance(result, Answer) and result.status == 403:
        nobody = {"external_id": f"largesse-test-{at}", "_update_existing_only": True, "largesse_test": True}
        body = payload.as_bytes({"attributes": [nobody]})
        result = http.post(f"{payload.api(settings)}/users/track", body=body, headers=payload.headers(settings))
    if isinstance(result, Failure):
        return Check(works=False, problems=(result.reason,))
    if not 200 <= result.status < 300:
        return Check(works=False, problems=(STOPS.get(result.status, f"Braze answered {result.status}."),))
    hint = "Without the token of Currents, what Braze tells is believed only about messages that this connection sent."
    return Check(works=True, notes=() if settings["receipts_token"] else (hint,))


def prerequisites(http: Http, settings: Settings, names: Sequence[str]) -> tuple[str, ...]:
    """Braze creates attributes and properties when they are first written; only the key must work."""
    return check(http, settings, 0).problems


def _key_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"[!-~]{8,200}", value) else "Paste it without spaces, as it was shown."


def _api_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"https?://[A-Za-z0-9.:_-]+/?", value) else "Write the address as https:// and a name, without a path."


def _objects_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"[1-9][0-9]?", value) and int(value) <= OBJECTS else "Write a number from 1 to 75."


def _label_mistake(value: str) -> str | None:
    return None if value.isprintable() and 0 < len(value) <= 255 else "Write the label of the alias, up to 255 characters."


_INSTANCES = (*((key, key.upper()) for key in payload.INSTANCES), ("other", "Another address"))
_KNOWN_BY = (("external_id", "External id"), ("braze_id", "Braze id"), ("email", "Email address"), ("user_alias", "Alias"))

SNIPPET = """{% assign src = {{campaign.${api_id}}} | append: {{${user_id}}} %}
{% connected_content [[url]]/v1/publications?cache_id={{src | url_param_escape}}
   :method post
   :headers {"X-App-Id": "YOUR-APP-ID", "X-App-Token": "YOUR-APP-TOKEN"}
   :body campaign=[[campaign]]&customer={{${user_id}}}&source_id={{src}}&channel=Braze
   :content_type application/json
   :retry
   :save publication %}
{% if publication.__http_status_code__ != 200 %}{% abort_message('no code') %}{% endif %}
{{publication.voucher.code}}"""
NOTE = (
    "Into a message of a campaign; in a Canvas write canvas.${api_id}. Keep cache_id: Braze caches by address, and without it "
    "everybody may get the same code. Rather than writing the token here, store it in Braze under Connected Content and write "
    ":auth_credentials NAME for :headers."
)

PROVIDER = Provider(
    key="braze",
    name="Braze",
    about="Writes codes to profiles of Braze, records events there, or lets it send a campaign or Canvas.",
    icon="flame",
    fields=(
        ConnectionField("api_key", "REST API key", Kind.SECRET, "In Braze: Settings, APIs and Identifiers.", check=_key_mistake),
        ConnectionField(
            "instance", "Instance", Kind.CHOICE, "It stands in the address of your dashboard.", "us-01", choices=_INSTANCES, host=True
        ),
        ConnectionField(
            "api", "Address of the API", help="Only for another address.", check=_api_mistake, only_if=("instance", "other"), host=True
        ),
        *id_fields("Braze"),
        ConnectionField(
            "known_by",
            "What that id is",
            Kind.CHOICE,
            "What Braze calls it. Profiles that are not there are never made.",
            "external_id",
            choices=_KNOWN_BY,
        ),
        ConnectionField(
            "alias_label", "Label of the alias", help="Only for aliases.", check=_label_mistake, only_if=("known_by", "user_alias")
        ),
        ConnectionField(
            "objects",
            "Objects a call",
            Kind.NUMBER,
            "Braze takes 75 attributes or events a call; some contracts say 50.",
            str(OBJECTS),
            check=_objects_mistake,
        ),
        ConnectionField(
            "receipts_token",
            "Token of Currents",
            Kind.SECRET,
            "The bearer token that you give the custom HTTP connector.",
            required=False,
            check=_key_mistake,
            stays=True,
        ),
    ),
    check=check,
    prerequisites=prerequisites,
    receive=receive,
    tell_opt_out=tell,
    receipts_help="In Braze, create a Currents export of the kind Custom HTTP connector with the address {url} and a token of your own, "
    "and paste that token above. For transactional mails, enter the same address as the event postback.",
    pull=Pull("POST", "headers", 2.0, "{{${user_id}}}", SNIPPET, NOTE),
    modes=MODES,
)
