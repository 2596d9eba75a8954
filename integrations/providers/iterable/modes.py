"""The ways Iterable takes something: what each needs, may carry and calls a value in its own messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from integrations.contract import Batch, ConnectionField, Kind, Limits, Mode, Names, Outcome, Settings, Takes
from integrations.http import Answer, Failure, Http
from integrations.providers.iterable import payload
from integrations.providers.iterable.answers import send_bulk, send_singles

RESERVED = frozenset(
    {"email", "userid", "signupdate", "signupsource", "emaillistids", "unsubscribedchannelids", "phonenumber", "profileupdatedat"}
)
"""Fields of Iterable's own: writing a code there would spoil a profile."""


def field_mistake(name: str) -> str | None:
    """What is wrong with the name of a field."""
    if name.casefold() in RESERVED:
        return f"{name} is a field of Iterable's own; choose another name."
    fits = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,127}", name)
    return None if fits else "Begin the name with a letter; then letters, digits and _, up to 128 characters."


def _event_mistake(value: str) -> str | None:
    return None if value.isprintable() and 0 < len(value) <= 255 else "Write up to 255 characters."


def _id_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"[1-9][0-9]{0,17}", value) else "Write the number that Iterable shows as its id."


def _mode(
    key: str,
    label: str,
    body: Callable[[Settings, Batch], payload.Body],
    path: str,
    limits: Limits,
    names: Names,
    option: ConnectionField | None = None,
) -> Mode:
    """A mode that posts `body` to `path`, many messages a call, or one."""
    bulk = limits.items > payload.SINGLES

    def send(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome]:
        def post(part: Batch) -> Answer | Failure:
            sent = payload.as_bytes(body(settings, part))
            return http.post(
                payload.url(settings, path),
                body=sent,
                headers=payload.headers(settings),
                messages=len(part.messages),
                reply_limit=2_000_000,
            )

        if not bulk:
            yield from send_singles(batch, post, settings)
            return
        for messages in payload.calls(batch.messages, limits.items):
            yield from send_bulk(Batch(messages, options=batch.options), post, settings)

    return Mode(
        key,
        "platform",
        Takes.DATA,
        send,
        label=label,
        identify_by="id",
        limits=limits,
        repeat_safe_for=0 if bulk else None,
        has_receipts=key == "campaign",
        names=names,
        needs=frozenset({"code"}),
        options=(option,) if option else (),
    )


_EVENT = ConnectionField("event", "Name of the event", help="Journeys begin with it.", default="Voucher assigned", check=_event_mistake)
_CAMPAIGN = ConnectionField("campaign", "Campaign in Iterable", Kind.NUMBER, "The id of an API-triggered campaign.", check=_id_mistake)
_JOURNEY = ConnectionField(
    "journey", "Journey in Iterable", Kind.NUMBER, "The id of a journey that begins with an API call.", check=_id_mistake
)
_FIELDS = Names("{{NAME}}", check=field_mistake, exist=True, about="They are fields of the profile.")


def _data(what: str) -> Names:
    return Names("{{NAME}}", check=field_mistake, about=f"They are data of the {what}, and go before fields of the profile.")


MODES = (
    _mode("profiles", "Fields of the profile", payload.profiles, "users/bulkUpdate", Limits(payload.ITEMS, payload.BYTES, 5), _FIELDS),
    _mode("events", "Custom event", payload.events, "events/trackBulk", Limits(payload.ITEMS, payload.BYTES, 10), _data("event"), _EVENT),
    _mode("campaign", "API-triggered campaign", payload.campaign, "email/target", Limits(payload.SINGLES), _data("message"), _CAMPAIGN),
    _mode("journey", "Journey", payload.journey, "workflows/triggerWorkflow", Limits(payload.SINGLES), _data("journey"), _JOURNEY),
)
