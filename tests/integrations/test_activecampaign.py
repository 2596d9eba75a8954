"""ActiveCampaign: imports that are refused as a whole, fields by their numbers, and no automation unless asked."""

import json
from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from integrations import catalogue
from integrations.contract import Batch, Config, Fate, Happened, Message, Outcome, Receipt, Request, Stop
from integrations.http import Http
from tests.integrations.provider_http import ProviderHttp, provider_http
from tests.integrations.recordings.activecampaign import JOB, RATE, UNSUBSCRIBE, asked, failed, fields, posted, queued, settings
from tests.integrations.replies import Reply, Seen

HTTP = Http()
AC = catalogue.provider("activecampaign")
MODE = AC.mode("contacts")


def message(number: int, **data: str) -> Message:
    return Message(f"dlv_{number}", f"dina{number}@example.com", data={"VOUCHER_CODE": f"CODE-{number}"} | data, attempt_at=1_700_000_000)


Imports = Reply | Callable[[Seen], Reply]


def answered(imports: Imports) -> Callable[[Seen], Reply]:
    """Fields are listed, and imports answered as said: one reply for all, or a function."""

    def reply(seen: Seen) -> Reply:
        if seen.method == "GET":
            return 200, {}, fields("VOUCHER_CODE", "BALANCE")
        return imports(seen) if callable(imports) else imports

    return reply


def sent(imports: Imports, *messages: Message, on_list: str = "", **other: str) -> tuple[list[Outcome], ProviderHttp]:
    with provider_http(answered(imports)) as provider:
        found = list(MODE.send(HTTP, settings(provider.url) | other, Batch(messages, options={"list": on_list})))
    return [one for one in found if isinstance(one, Outcome)], provider


def contacts(provider: ProviderHttp) -> list[dict[str, object]]:
    listed: list[dict[str, object]] = json.loads(provider.seen[1].body)["contacts"]
    return listed


def test_values_stand_under_the_numbers_of_their_fields_and_no_automation_runs() -> None:
    outcomes, provider = sent((200, {}, queued(1)), message(1, balance=""), on_list="19")

    assert contacts(provider) == [
        {
            "email": "dina1@example.com", "exclude_automations": True, "subscribe": [{"listid": "19"}],
            "fields": [{"id": 12, "value": "CODE-1"}, {"id": 13, "value": ""}],
        }
    ]  # fmt: skip
    assert [(o.fate, o.provider_id) for o in outcomes] == [(Fate.PENDING, f"{JOB}/1")]


def test_automations_run_where_that_was_asked_for() -> None:
    _, provider = sent((200, {}, queued(1)), message(1), automations="yes")

    assert contacts(provider)[0]["exclude_automations"] is False
    assert "subscribe" not in contacts(provider)[0]


@pytest.mark.parametrize("first", [0, 1])
def test_a_wrong_contact_is_found_whether_it_counts_from_0_or_from_1(first: int) -> None:
    def imports(seen: Seen) -> Reply:
        people = [who for who, _ in asked(seen)]
        wrong = [at + first for at, who in enumerate(people) if who in {"dina3@example.com", "dina7@example.com"}]
        return (400, {}, failed(*wrong)) if wrong else (200, {}, queued(len(people)))

    outcomes, provider = sent(imports, *(message(n) for n in range(10)))

    assert {o.message_id for o in outcomes if o.fate is Fate.REFUSED} == {"dlv_3", "dlv_7"}
    assert sum(o.fate is Fate.PENDING for o in outcomes) == 8
    assert all(o.for_good for o in outcomes if o.fate is Fate.REFUSED)
    assert len(provider.seen) == 7


def test_a_refusal_that_names_nobody_is_found_by_halves() -> None:
    def imports(seen: Seen) -> Reply:
        people = [who for who, _ in asked(seen)]
        return (422, {}, b'{"errors": [{"title": "No."}]}') if "dina5@example.com" in people else (200, {}, queued(len(people)))

    outcomes, _ = sent(imports, *(message(n) for n in range(8)))

    assert [(o.message_id, o.for_good) for o in outcomes if o.fate is Fate.REFUSED] == [("dlv_5", False)]


def test_what_is_refused_of_everybody_is_our_mistake() -> None:
    with pytest.raises(Config, match=r"refuses every contact.*No\."):
        sent((422, {}, b'{"errors": [{"title": "No."}]}'), *(message(n) for n in range(8)))


def test_a_field_that_is_not_there_pauses_the_distribution() -> None:
    with pytest.raises(Config, match="%OTHER%"):
        sent((200, {}, queued(1)), message(1, OTHER="x"))


def test_fewer_queued_than_were_sent_is_no_success() -> None:
    outcomes, _ = sent((200, {}, queued(1)), message(1), message(2))

    assert {o.fate for o in outcomes} == {Fate.LATER}


def test_too_many_imports_a_minute_are_waited_for_and_not_asked_about_again() -> None:
    outcomes, provider = sent((400, {}, RATE), *(message(n) for n in range(3)))

    assert [(o.fate, o.wait and o.wait.seconds) for o in outcomes] == [(Fate.LATER, 60)] * 3
    assert len(provider.seen) == 2


def test_a_used_up_second_is_waited_for() -> None:
    outcomes, _ = sent((200, {"RateLimit-Remaining": "0"}, queued(1)), message(1))

    assert (outcomes[0].fate, outcomes[0].wait and outcomes[0].wait.seconds) == (Fate.PENDING, 1)


@pytest.mark.parametrize("status", [401, 402, 403, 404])
def test_a_key_or_an_account_that_may_not_stops_the_connection(status: int) -> None:
    with pytest.raises(Stop):
        sent((status, {}, b"{}"), message(1))


@pytest.mark.parametrize(
    ("reply", "ends"),
    [
        ((200, {}, b'{"status": "running"}'), []),
        ((200, {}, b'{"status": "completed", "success": ["1"], "failure": ["a@x"]}'), [("a@x", Fate.REFUSED), ("", Fate.ACCEPTED)]),
        ((200, {}, b'{"status": "completed", "success": ["1"], "failure": []}'), [("", Fate.UNSURE)]),
        ((200, {}, b'{"status": "completed", "success": 2}'), []),
        ((400, {}, b"{}"), [("", Fate.UNSURE)]),
        ((500, {}, b""), [("", Fate.PENDING)]),
        ((429, {"Retry-After": "5"}, b""), [("", Fate.PENDING)]),
        ("silence", [("", Fate.PENDING)]),
    ],
)
def test_an_import_is_asked_about_until_it_is_done(reply: Reply, ends: list[tuple[str, Fate]]) -> None:
    assert MODE.poll is not None
    with provider_http(reply) as provider:
        outcomes = list(MODE.poll(HTTP, settings(provider.url), f"{JOB}/2"))

    assert provider.seen[0].path == f"/api/3/import/info?batchId={JOB}"
    assert [(o.message_id, o.fate) for o in outcomes] == ends


def test_each_missing_field_is_named_and_made_on_request() -> None:
    made: Reply = (201, {}, b'{"field": {"id": "15"}}')
    assert AC.prerequisites is not None
    with provider_http(answered(lambda seen: made)) as provider:
        assert AC.prerequisites(HTTP, settings(provider.url), ("VOUCHER_CODE",)) == ()
        (missing,) = AC.prerequisites(HTTP, settings(provider.url), ("VOUCHER_CODE", "VOUCHER_UNTIL"))
        assert "%VOUCHER_UNTIL%" in missing
        assert all(seen.method == "GET" for seen in provider.seen)
        assert AC.make_missing is not None
        assert AC.make_missing(HTTP, settings(provider.url), ("VOUCHER_CODE", "VOUCHER_UNTIL")) == ()
    field, tied = (json.loads(seen.body) for seen in provider.seen if seen.method == "POST")
    assert field["field"]["perstag"] == "VOUCHER_UNTIL"
    assert tied == {"fieldRel": {"field": 15, "relid": 0}}


def test_a_field_that_could_not_be_made_is_named() -> None:
    with provider_http(answered((422, {}, b"{}"))) as provider:
        assert AC.make_missing is not None
        (problem,) = AC.make_missing(HTTP, settings(provider.url), ("VOUCHER_UNTIL",))

    assert "%VOUCHER_UNTIL%" in problem
    assert "422" in problem


WHO = {"contact[email]": "johndoe@example.com", "contact[phone]": "+447700900001", "date_time": "2026-11-20T07:00:00+00:00"}
AT = 1_795_158_000


@pytest.mark.parametrize(
    ("form", "receipt"),
    [
        ({"type": "bounce", "bounce[type]": "hard", **WHO}, Receipt(Happened.BOUNCED, address="johndoe@example.com", at=AT)),
        (
            {"type": "bounce", "bounce[type]": "soft", "bounce[description]": "Full", **WHO},
            Receipt(Happened.BOUNCED_SOFT, address="johndoe@example.com", at=AT, reason="Full"),
        ),
        ({"type": "unsubscribe", **WHO}, Receipt(Happened.UNSUBSCRIBED, address="johndoe@example.com", at=AT)),
        ({"type": "sms_unsub", **WHO}, Receipt(Happened.STOPPED, address="+447700900001", at=AT)),
        ({"type": "sms_unsub", "sms[phone]": "+447700900002", **WHO}, Receipt(Happened.STOPPED, address="+447700900002", at=AT)),
        ({"type": "open", **WHO}, None),
        ({"type": "unsubscribe"}, None),
    ],
)
def test_what_its_webhooks_say(form: dict[str, str], receipt: Receipt | None) -> None:
    assert AC.receive is not None

    received = AC.receive(settings(""), posted(form))

    assert (received.genuine, received.signed) == (True, True)
    assert received.receipts == ((receipt,) if receipt else ())


def test_without_its_secret_nothing_is_believed() -> None:
    assert AC.receive is not None
    wrong = AC.receive(settings(""), posted(UNSUBSCRIBE, "another"))
    nobodys = AC.receive(settings("") | {"receipts_secret": ""}, Request({}, urlencode(UNSUBSCRIBE).encode()))

    assert (wrong.genuine, wrong.receipts) == (False, ())
    assert (nobodys.genuine, nobodys.signed) == (True, False)
