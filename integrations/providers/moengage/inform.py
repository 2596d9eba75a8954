"""Let MoEngage send one transactional alert (Inform) for each message. https://www.moengage.com/docs/api/inform/send-transactional-alert

MoEngage knows a repetition by `transaction_id`, our id of the message, for five minutes: a 409 then says that it was taken.
"""

from __future__ import annotations

from collections.abc import Iterator

from integrations.contract import Batch, Config, Fate, Message, Outcome, PeerTrouble, Settings
from integrations.http import Answer, Failure, Http, scrub
from integrations.providers.moengage.answers import other, problem, stop_if_about_the_account
from integrations.providers.moengage.client import Body, json_object, request

KNOWN_FOR = 300
"""Seconds for which MoEngage knows a repetition."""
CONFIGS = ("alert", "personalized", "template")
"""Words of a 400 that are about the alert, not about whom it goes to."""


def send_mail(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome]:
    """Alerts by e-mail."""
    yield from _send(http, settings, batch, "EMAIL")


def send_sms(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome]:
    """Alerts by SMS."""
    yield from _send(http, settings, batch, "SMS")


def alert(batch: Batch, message: Message, channel: str) -> Body:
    """The body of one alert."""
    recipient = message.email if channel == "EMAIL" else message.phone.removeprefix("+")
    values = {name: value for name, value in message.data.items() if value != ""}
    return {
        "alert_id": batch.options["alert"],
        "user_id": message.address,
        "transaction_id": message.id,
        "payloads": {channel: {"recipient": recipient, "personalized_attributes": values}},
    }


def _send(http: Http, settings: Settings, batch: Batch, channel: str) -> Iterator[Outcome]:
    key, wait = settings["inform_key"] or settings["data_key"], None
    for message in batch.messages:
        if wait is not None:
            yield Outcome(message.id, Fate.LATER, wait.why, trouble=PeerTrouble.UNTRIED)
            continue
        if not (message.email if channel == "EMAIL" else message.phone):
            yield Outcome(message.id, Fate.REFUSED, "Has no email address." if channel == "EMAIL" else "Has no phone number.")
            continue
        outcome = _outcome_of(request(http, settings, "/v1.0/alerts/send", alert(batch, message, channel), key), message, channel, key)
        wait = outcome.wait
        yield outcome


def _outcome_of(result: Answer | Failure, message: Message, channel: str, key: str) -> Outcome:
    if isinstance(result, Answer):
        body = json_object(result)
        if result.status == 409 and body.get("err_code") == "DUPLICATE_REQUEST_RECEIVED":
            return Outcome(message.id, Fate.ACCEPTED)
        if result.status in {200, 400} and (why := _refusal(result, body, channel, key)):
            return Outcome(message.id, Fate.REFUSED, f"MoEngage refuses it: {why}")
        if result.status == 200 and body.get("request_id"):
            return Outcome(message.id, Fate.ACCEPTED, provider_id=str(body["request_id"]))
    return next(other(result, (message,), safe=True))


def _refusal(answer: Answer, body: Body, channel: str, key: str) -> str:
    """Why it was not taken, also where that stands inside a 200; empty where it was. Raises Config or Stop."""
    told = body.get(channel)
    if isinstance(told, dict) and told.get("err_code"):
        return scrub(str(told.get("message") or told["err_code"]), [key])
    why = problem(answer, key)
    stop_if_about_the_account(answer, why)
    if answer.status == 400 and any(word in why.casefold() for word in CONFIGS):
        raise Config(f"MoEngage refuses the alert: {why}")
    return why
