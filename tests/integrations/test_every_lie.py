"""An answer in the right form that is not the provider's, of no message of ours, or whose counts do not add up, is never a yes."""

import json

import pytest

from integrations import catalogue
from integrations.contract import Fate
from tests.integrations import recordings
from tests.integrations.family import batch
from tests.integrations.peer import answering
from tests.integrations.test_every_fault import LONG, MODES, end
from tests.integrations.test_every_opt_out import ASKED, told

NAMES = ("id", "sid", "message", "data", "errors", "messages", "results", "status", "dispatch_id", "new_members")
SOMEBODY_ELSES = (b"{}", b"[null, 5]", b'{"ok": true}')
"""JSON that says nothing of what any provider says."""
WRONG_KINDS = tuple(json.dumps(dict.fromkeys(NAMES, value)).encode() for value in (5, [], [None, 5, {}]))
"""The providers' names, with values of the wrong kind."""
STRANGERS = json.dumps(
    [{"email": "eve@example.com", "status": "sent", "_id": "1"}, {"email": "mal@example.com", "status": "sent"}]
).encode()
AC_FIELDS = [{"perstag": "VOUCHER_CODE", "id": "12"}, {"perstag": "BALANCE", "id": "13"}]
TAKES_ANY_2XX = "webhook"
SAYS_NO_MORE = {("airship", "attributes", 200, b'{"ok": true}')}
"""Who answers in just these words when it took something."""


@pytest.mark.parametrize("status", [200, 409])
def test_nobody_counts_as_accepted_by_an_answer_that_is_not_the_providers(status: int) -> None:
    wrong = []
    for body in (*SOMEBODY_ELSES, *WRONG_KINDS, STRANGERS):
        with answering(lambda seen, body=body: (status, {"Content-Type": "application/json"}, body)) as peer:
            for provider, mode in MODES:
                if provider.key == TAKES_ANY_2XX:
                    continue
                given = batch(provider, mode, 2)
                found, _, outcomes = end(mode, recordings.of(provider.key).settings(peer.url), given, soon=False)
                if (
                    any(o.fate in {Fate.ACCEPTED, Fate.PENDING} for o in outcomes)
                    and (provider.key, mode.key, status, body) not in SAYS_NO_MORE
                ):
                    wrong.append((provider.key, mode.key, body))
                if found not in {"stops", "config"}:
                    assert sorted(o.message_id for o in outcomes) == sorted(m.id for m in given.messages), (provider.key, mode.key, body)
    assert wrong == []


@pytest.mark.parametrize(
    ("key", "mode", "answer"),
    [
        ("activecampaign", "contacts", {"fields": AC_FIELDS, "Success": 1, "queued_contacts": 1, "batchId": "x"}),
        ("iterable", "profiles", {"successCount": 1, "failCount": 0}),
        ("iterable", "events", {"successCount": 1, "failCount": 1, "failedUpdates": {"invalidEmails": ["eve@example.com"]}}),
        ("iterable", "campaign", {"msg": "Invalid params", "code": "GenericError"}),
        ("mailchimp", "members", {"new_members": [], "updated_members": [{}], "errors": []}),
        ("mailchimp", "members", {"new_members": [], "updated_members": [{}], "errors": [{"email_address": "eve@example.com"}]}),
        ("mandrill", "mail", [{"email": "eve@example.com", "status": "sent", "_id": "1"}]),
        ("textlocal", "bulk", {"status": "success", "messages": [{"messages": [{"id": 1, "recipient": 447701999999}]}]}),
        ("braze", "attributes", {"message": "success", "attributes_processed": 0}),
        ("braze", "event", {"message": "success", "events_processed": 1}),
    ],
)  # fmt: skip
def test_an_answer_whose_counts_or_names_do_not_fit_the_call_is_no_yes_for_everybody(key: str, mode: str, answer: object) -> None:
    provider = catalogue.provider(key)
    with answering(lambda seen: (200, {}, json.dumps(answer).encode())) as peer:
        settings = recordings.of(key).settings(peer.url)
        _, _, outcomes = end(provider.mode(mode), settings, batch(provider, provider.mode(mode), 2), soon=False)

    assert len(outcomes) == 2
    assert {o.fate for o in outcomes} != {Fate.ACCEPTED}


@pytest.mark.parametrize(
    "counts", [{"total_count": 2, "completed_count": 1, "failed_count": 0}, {"total_count": 2, "failed_count": "many"}]
)
def test_a_job_that_is_complete_and_speaks_of_fewer_profiles_leaves_doubt(counts: dict[str, object]) -> None:
    klaviyo = catalogue.provider("klaviyo")
    said = {"data": {"id": "job", "attributes": {"status": "complete", **counts}}}
    with answering(lambda seen: (200, {}, json.dumps(said).encode())) as peer:
        poll = klaviyo.mode("profiles").poll
        assert poll is not None
        outcomes = list(poll(LONG, recordings.of("klaviyo").settings(peer.url), "job"))

    assert [(o.message_id, o.fate) for o in outcomes] == [("", Fate.UNSURE)]


@pytest.mark.parametrize("key", sorted(ASKED))
def test_a_platform_counts_as_told_of_an_opt_out_only_by_an_answer_of_its_own(key: str) -> None:
    (page, moved, gone), _ = told(
        key, (200, {}, b"<html>Welcome</html>"), (302, {"Location": "https://elsewhere.example"}, b""), (405, {}, b"")
    )

    assert [page.fate, moved.fate, gone.fate] == [Fate.LATER] * 3
