"""The ways Braze takes something: what each needs, may carry and calls a value in its own messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from integrations.contract import Batch, ConnectionField, Limits, Mode, Names, Outcome, Settings, Takes
from integrations.http import Answer, Failure, Http
from integrations.providers.braze import payload
from integrations.providers.braze.answers import send_call

DAY = 86_400
OBJECTS, RECIPIENTS, SINGLES = 75, 50, 25
SENDS_A_SECOND = 60
"""Braze lets a workspace send 250,000 times an hour, all its tools together."""
RESERVED = frozenset({
    "braze_id", "country", "current_location", "date_of_first_session", "date_of_last_session", "dob", "email",
    "email_click_tracking_disabled", "email_open_tracking_disabled", "email_subscribe", "external_id", "facebook", "first_name",
    "gender", "home_city", "language", "last_name", "marked_email_as_spam_at", "phone", "push_subscribe", "push_tokens",
    "subscription_groups", "time_zone", "twitter", "user_alias",
})  # fmt: skip
"""Attributes of Braze's own: writing a code there would spoil a profile."""


def attribute_mistake(name: str) -> str | None:
    """What is wrong with the name of an attribute."""
    if name.casefold() in RESERVED:
        return f"{name} is an attribute of Braze's own; choose another name."
    return property_mistake(name)


def property_mistake(name: str) -> str | None:
    """What is wrong with the name of a property of an event, campaign or Canvas."""
    fits = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_ .-]{0,254}", name) and name not in {"time", "event_name"}
    return None if fits else "Begin the name with a letter; then letters, digits, _ and -, and neither time nor event_name."


def _id_mistake(value: str) -> str | None:
    return None if re.fullmatch(r"[A-Za-z0-9-]{8,64}", value) else "Paste the API identifier as Braze shows it: letters, digits and -."


def _event_mistake(value: str) -> str | None:
    fits = value.isprintable() and 0 < len(value) <= 255 and not value.startswith("$")
    return None if fits else "Write up to 255 characters, not beginning with $."


def _mode(
    key: str,
    label: str,
    body: Callable[[Settings, Batch], payload.Body],
    path: str,
    limits: Limits,
    tag: str,
    *,
    option: ConnectionField | None = None,
    safe_for: int | None = None,
) -> Mode:
    """A mode that posts `body` to `path`. `safe_for`: how long Braze recognises a repetition."""

    def send(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome]:
        def post(part: Batch) -> Answer | Failure:
            url = payload.api(settings) + path.format(**batch.options)
            sent = payload.as_bytes(body(settings, part))
            return http.post(url, body=sent, headers=payload.headers(settings), messages=len(part.messages))

        array = {"attributes": "attributes", "event": "events"}.get(key, "recipients")
        most = {OBJECTS: min(OBJECTS, int(settings["objects"])), SINGLES: 1}.get(limits.items, limits.items)
        for messages in payload.calls(batch.messages, most):
            yield from send_call(Batch(messages, options=batch.options), post, settings, array, safe=safe_for is not None)

    names = Names(
        f"{{{{{tag}.${{NAME}}}}}}",
        check=attribute_mistake if key == "attributes" else property_mistake,
        about=f"In a message of Braze each value is one of {tag}.",
    )
    return Mode(
        key,
        "platform",
        Takes.DATA,
        send,
        label=label,
        identify_by="id",
        limits=limits,
        repeat_safe_for=safe_for,
        has_receipts=key == "transactional",
        names=names,
        options=(option,) if option else (),
    )


_WHERE = "Its API identifier: in Braze, Settings, APIs and Identifiers."
_CAMPAIGN = ConnectionField("campaign", "Campaign in Braze", help=_WHERE, check=_id_mistake)
_CANVAS = ConnectionField("canvas", "Canvas in Braze", help=_WHERE, check=_id_mistake)
_EVENT = ConnectionField(
    "event", "Name of the event", help="Campaigns in Braze begin with it.", default="Voucher assigned", check=_event_mistake
)
_TRACK, _SENDS = Limits(OBJECTS, payload.BYTES), Limits(RECIPIENTS, payload.BYTES, SENDS_A_SECOND)

MODES = (
    _mode("attributes", "Attributes of the profile", payload.attributes, "/users/track", _TRACK, "custom_attribute", safe_for=0),
    _mode("event", "Custom event", payload.events, "/users/track", _TRACK, "event_properties", option=_EVENT),
    _mode(
        "campaign",
        "API-triggered campaign",
        payload.campaign_trigger,
        "/campaigns/trigger/send",
        _SENDS,
        "api_trigger_properties",
        option=_CAMPAIGN,
    ),
    _mode(
        "canvas", "API-triggered Canvas", payload.canvas_trigger, "/canvas/trigger/send", _SENDS, "canvas_entry_properties", option=_CANVAS
    ),
    _mode(
        "transactional",
        "Transactional mail",
        payload.transactional,
        "/transactional/v1/campaigns/{campaign}/send",
        Limits(SINGLES, payload.BYTES, SENDS_A_SECOND),
        "api_trigger_properties",
        option=_CAMPAIGN,
        safe_for=DAY,
    ),
)
