"""ActiveCampaign: values in custom fields of contacts, by imports; its campaigns and automations send.

https://developers.activecampaign.com/reference/overview
`payload.py` writes an import, `fields.py` knows the fields of contacts, `answers.py` reads what is said to an import and `jobs.py` what
became of it; `receipts.py` reads what it tells us later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from integrations import fates
from integrations.contract import (
    Batch,
    Check,
    Config,
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
from integrations.http import Answer, Failure, Http
from integrations.providers.activecampaign import fields, payload
from integrations.providers.activecampaign.answers import STOPS, of_answer, send_import
from integrations.providers.activecampaign.jobs import poll
from integrations.providers.activecampaign.opt_outs import tell
from integrations.providers.activecampaign.receipts import receive


def send_contacts(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome]:
    """Look up the numbers of the fields, then one import for each 250 contacts."""
    numbers = fields.numbers(http, settings)
    if isinstance(numbers, Answer) and 200 <= numbers.status < 300:
        yield from fates.somebody_elses("ActiveCampaign", numbers, batch.messages, safe=True)
        return
    if not isinstance(numbers, dict):
        yield from of_answer(numbers, batch.messages)
        return
    names = {name for message in batch.messages for name in message.data}
    if missing := sorted(name for name in names if name.upper() not in numbers):
        raise Config(f"Contacts in ActiveCampaign have no field with the tag {', '.join(f'%{name}%' for name in missing)}.")

    def post(part: Batch) -> Answer | Failure:
        sent = payload.as_bytes(payload.contacts(settings, part, numbers))
        where = payload.url(settings, "import/bulk_import")
        return http.post(where, body=sent, headers=payload.headers(settings), messages=len(part.messages))

    for messages in payload.calls(batch.messages):
        yield from send_import(Batch(messages, options=batch.options), post, settings)


def check(http: Http, settings: Settings, at: int) -> Check:
    """Ask who we are; then whether the lists are there that people leave."""
    if problem := _problem_of(_get(http, settings, "users/me"), "user"):
        return Check(works=False, problems=(problem,))
    notes = []
    if wanted := payload.opt_out_lists(settings):
        asked = _get(http, settings, "lists?limit=1000")
        document = asked.json() if isinstance(asked, Answer) else None
        listed = document.get("lists") if isinstance(document, dict) else None
        there = {str(one.get("id")) for one in listed if isinstance(one, dict)} if isinstance(listed, list) else set(wanted)
        notes += [f"There is no list {number} in ActiveCampaign." for number in wanted if number not in there]
    if not settings["receipts_secret"]:
        notes.append("Without the secret of the webhook, what ActiveCampaign tells is not believed.")
    return Check(works=True, notes=tuple(notes))


def prerequisites(http: Http, settings: Settings, names: Sequence[str]) -> tuple[str, ...]:
    """Do contacts have these fields?"""
    if not names:
        return check(http, settings, 0).problems
    there = fields.numbers(http, settings)
    if not isinstance(there, dict):
        return (_problem_of(there, "fields"),)
    return tuple(
        f"Contacts have no field with the tag %{name}%. Add it, as text: Contacts, Fields." for name in names if name.upper() not in there
    )


def _get(http: Http, settings: Settings, path: str) -> Answer | Failure:
    return http.request("GET", payload.url(settings, path), headers=payload.headers(settings))


def _problem_of(result: Answer | Failure, key: str) -> str:
    """Why it cannot be used, in our words, or empty; `key` is what its own answer has."""
    if isinstance(result, Failure):
        return result.reason
    if result.status != 200:
        return STOPS.get(result.status, f"ActiveCampaign answered {result.status}.")
    document = result.json()
    return "" if isinstance(document, dict) and key in document else STOPS[404]


def _tag_mistake(name: str) -> str | None:
    fits = re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,99}", name)
    return None if fits else "A tag has letters, digits and _, a letter first; write it without %."


def _key_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"[!-~]{8,200}", value) else "Paste the key as Settings, Developer shows it, without spaces."


def _account_mistake(value: str) -> str | None:
    return (
        None
        if re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", value)
        else "Write the name in front of the first dot: small letters, digits and -."
    )


def _api_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"https?://[A-Za-z0-9.:_-]+/?", value) else "Write the address as https:// and a name, without a path."


def _lists_mistake(value: str) -> str | None:
    fits = re.fullmatch(r"[1-9][0-9]{0,9}( ?, ?[1-9][0-9]{0,9}){0,19}", value)
    return None if fits else "Write the numbers of up to 20 lists, with commas between them."


def _list_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"[1-9][0-9]{0,9}", value) else "Write the number of the list; it stands in the address of its page."


_HOSTS = (("us1", "….api-us1.com"), ("hosted", "….activehosted.com"), ("other", "Another address"))
_NAMED = ("us1", "hosted")
_LIST = ConnectionField(
    "list",
    "List that contacts are put on",
    help="Its number. Who left it before is not put back. Empty: no list.",
    required=False,
    check=_list_mistake,
)
CANNOT = (
    "ActiveCampaign cannot fetch a code while it makes a message, and does not read the answer of a Webhook action. Send the codes before: "
    "a distribution writes them into a field of the contact."
)

PROVIDER = Provider(
    key="activecampaign",
    name="ActiveCampaign",
    about="Writes codes into custom fields of contacts of ActiveCampaign.",
    icon="activity",
    fields=(
        ConnectionField("api_key", "API key", Kind.SECRET, "In ActiveCampaign: Settings, Developer.", check=_key_mistake),
        ConnectionField("host", "Address ends with", Kind.CHOICE, "It stands beside the key.", "us1", choices=_HOSTS, host=True),
        ConnectionField(
            "account",
            "Name of the account",
            help="In front of the first dot.",
            check=_account_mistake,
            only_if=("host", *_NAMED),
            host=True,
        ),
        ConnectionField(
            "api", "Address of the API", help="Only for another address.", check=_api_mistake, only_if=("host", "other"), host=True
        ),
        *id_fields("ActiveCampaign", "email"),
        ConnectionField(
            "automations",
            "Let automations run",
            Kind.SWITCH,
            "Automations that begin when a contact or a field changes. Otherwise an import begins none.",
            required=False,
        ),
        ConnectionField(
            "opt_out_lists",
            "Lists that people leave",
            help="Their numbers, for telling ActiveCampaign who wants nothing more.",
            required=False,
            check=_lists_mistake,
        ),
        ConnectionField(
            "receipts_secret",
            "Secret of the webhook",
            Kind.SECRET,
            "What stands behind ?secret= in the address that you give the webhook.",
            required=False,
            check=_key_mistake,
            stays=True,
        ),
    ),
    check=check,
    prerequisites=prerequisites,
    make_missing=fields.create,
    receive=receive,
    tell_opt_out=tell,
    receipts_help="In ActiveCampaign, under Settings, Developer, Manage webhooks, add one with the address {url}?secret= and a secret of "
    "your own behind it; choose bounces, unsubscribes and SMS unsubscribes from all sources, and enter that secret above.",
    receipts_tell="bounced, unsubscribed",
    pull=Pull(cannot=CANNOT),
    modes=(
        Mode(
            "contacts",
            "platform",
            Takes.DATA,
            send_contacts,
            label="Fields of the contact",
            identify_by="id",
            limits=Limits(payload.ITEMS, payload.BYTES, 1, concurrent=2),
            repeat_safe_for=0,
            poll=poll,
            names=Names("%NAME%", check=_tag_mistake, exist=True, about="They are custom fields of the contact, by their tags."),
            needs=frozenset({"code"}),
            options=(_LIST,),
        ),
    ),
)
