"""Of which refusals does each adapter say that asking again changes nothing? None that somebody can put right at the provider."""

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from integrations.contract import Batch, Fate, Message, Outcome
from integrations.http import Answer
from integrations.mail import mail_calls
from integrations.providers.activecampaign import answers as activecampaign
from integrations.providers.airship import answers as airship
from integrations.providers.batch import answers as batch
from integrations.providers.cm import answers as cm
from integrations.providers.intercom import answers as intercom
from integrations.providers.iterable import answers as iterable
from integrations.providers.klaviyo import answers as klaviyo
from integrations.providers.mailchimp import answers as mailchimp
from integrations.providers.mailgun import answers as mailgun
from integrations.providers.mandrill import answers as mandrill
from integrations.providers.sendgrid import answers as sendgrid
from integrations.providers.smtp import _outcome_of_refusal as smtp_outcome
from integrations.providers.smtp.connection import SmtpReply
from integrations.providers.textlocal import answers as textlocal
from integrations.providers.twilio import answers as twilio

MESSAGE = Message("dlv_1", "dina@example.com", attempt_at=1_700_000_000)
KEY = {"api_key": "hidden", "password": "hidden", "username": ""}


def said(status: int, body: object) -> Answer:
    return Answer(status, {}, json.dumps(body).encode())


def _call(send: Callable[..., Iterable[Any]], answer: Answer) -> Outcome:
    (outcome,) = send(Batch((MESSAGE,)), lambda part: answer, KEY)
    assert isinstance(outcome, Outcome)
    return outcome


def by_twilio(code: int) -> Outcome:
    return twilio.outcome_of(said(400, {"code": code}), MESSAGE)


def by_sendgrid(words: str) -> Outcome:
    return _call(sendgrid.send_call, said(400, {"errors": [{"field": "personalizations.0.to.0.email", "message": words}]}))


def by_mandrill(why: str) -> Outcome:
    return _call(mandrill.send_call, said(200, [{"email": MESSAGE.address, "status": "rejected", "reject_reason": why, "_id": "1"}]))


def by_mailgun(words: str) -> Outcome:
    return _call(mailgun.send_call, said(400, {"message": words}))


def by_cm(code: int) -> Outcome:
    (outcome,) = cm.outcomes_of(said(400, {"errorCode": code}), (MESSAGE,))
    return outcome


def by_textlocal(code: int) -> Outcome:
    (outcome,) = textlocal.outcomes_of(said(200, {"status": "failure", "errors": [{"code": code}]}), (MESSAGE,), "call")
    return outcome


def by_airship(path: str) -> Outcome:
    answer = said(400, {"ok": False, "error": "Could not parse request body.", "details": {"error": "It is wrong.", "path": path}})
    (outcome,) = airship.send_call((MESSAGE,), lambda part: answer, 202, "hidden")
    assert isinstance(outcome, Outcome)
    return outcome


def by_intercom(error: tuple[int, str]) -> Outcome:
    status, field = error
    answer = said(status, {"type": "error.list", "errors": [{"code": "parameter_invalid", "message": "It is invalid.", "field": field}]})
    outcome = intercom.refused(answer, MESSAGE, "hidden")
    assert outcome is not None
    return outcome


def by_klaviyo(pointer: str) -> Outcome:
    answer = said(
        400, {"errors": [{"detail": "Not valid.", "source": {"pointer": f"/data/attributes/profiles/data/0/attributes/{pointer}"}}]}
    )
    return _call(lambda batch, post, settings: klaviyo.send_call(batch, post, settings, lambda *_: pytest.fail("taken")), answer)


def by_mailchimp(words: str) -> Outcome:
    return mailchimp.refused(MESSAGE, words)


def by_iterable(code: str) -> Outcome:
    return _call(iterable.send_singles, said(400, {"code": code, "msg": "No."}))


def by_activecampaign(words: str) -> Outcome:
    return _call(activecampaign.send_import, said(400, {"success": 0, "failureReasons": [{"contact": 0, "failureReason": words}]}))


def by_batch(why: str) -> Outcome:
    answer = said(202, {"code": "SUCCESS_WITH_PARTIAL_ERRORS", "errors": [{"bulk_index": 0, "reason": why, "attribute": "code"}]})
    return _call(lambda part, post, settings: batch.send_call(part, post, settings, safe=True), answer)


def by_smtp(reply: str) -> Outcome:
    code, enhanced = reply.split()
    return smtp_outcome(SmtpReply("rcpt", int(code), f"{enhanced} It says no."), MESSAGE, KEY)[0]


def by_our_own_check(address: str) -> Outcome:
    (outcome,), _ = mail_calls.without_invalid_addresses(Batch((Message("dlv_1", address),)))
    return outcome


@pytest.mark.parametrize(
    ("refused", "why", "for_good"),
    [
        (by_twilio, 21211, True),  # no valid number
        (by_twilio, 21610, True),  # they answered STOP
        (by_twilio, 21614, True),  # a landline
        (by_twilio, 21608, False),  # a trial account: it can be paid for
        (by_twilio, 21612, False),  # not from this sender
        (by_twilio, 29999, False),  # a code nobody knows
        (by_sendgrid, "Does not contain a valid address.", True),
        (by_sendgrid, "The template of this personalization is missing.", False),
        (by_mandrill, "hard-bounce", True),
        (by_mandrill, "unsub", True),
        (by_mandrill, "invalid", True),
        (by_mandrill, "rule", False),  # rules are changed in Mandrill
        (by_mailgun, "to parameter is not a valid address. please check documentation", True),
        (by_mailgun, "Something went wrong here.", False),
        (by_cm, 303, True),
        (by_cm, 402, True),
        (by_cm, 403, False),
        (by_textlocal, 51, True),
        (by_textlocal, 99, False),
        (by_airship, "audience.create_and_send[0].ua_address", True),
        (by_airship, "[0].user", False),  # can become a named user
        (by_intercom, (400, "email"), True),
        (by_intercom, (400, "name"), False),
        (by_intercom, (404, ""), False),  # can become a contact
        (by_klaviyo, "email", True),
        (by_klaviyo, "properties", False),
        (by_mailchimp, "hello@example.com is in a compliance state", True),
        (by_mailchimp, "hello@example.com was permanently deleted", True),
        (by_mailchimp, "The resource status is missing", False),  # can be put into the audience
        (by_iterable, "InvalidEmailAddressError", True),
        (by_iterable, "ForgottenUserError", True),
        (by_iterable, "UnknownUserIdError", False),  # can be added there
        (by_activecampaign, "Field 'email' incorrect format", True),
        (by_activecampaign, "Field 'phone' is too long", False),
        (by_batch, "cannot be empty or over 300 characters", False),
        (by_smtp, "550 5.1.1", True),
        (by_smtp, "550 5.7.1", False),  # a rule of theirs
        (by_our_own_check, "no address", True),
    ],
)
def test_asking_again_changes_nothing_about_the_address_and_its_no(refused: Any, why: object, for_good: bool) -> None:
    outcome = refused(why)

    assert (outcome.fate, outcome.for_good) == (Fate.REFUSED, for_good)
