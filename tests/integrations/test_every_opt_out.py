"""Every platform that can be told who wants nothing more is told in its own words, and what it answers is understood."""

import pytest

from integrations import catalogue
from integrations.contract import Fate, Outcome
from integrations.http import Http
from tests.integrations import recordings
from tests.integrations.provider_http import provider_http
from tests.integrations.replies import Reply, Seen

MAIL = "Dina@Example.com"
ASKED = {
    "activecampaign": ("POST", "/api/3/import/bulk_import", '"unsubscribe":[{"listid":"19"}]'),
    "airship": ("POST", "/api/channels/email/suppress", '{"address":"Dina@Example.com","reason":"imported"}'),
    "braze": ("POST", "/email/status", '{"email":"Dina@Example.com","subscription_state":"unsubscribed"}'),
    "intercom": ("PUT", "/contacts/c1", '{"unsubscribed_from_emails":true}'),
    "iterable": ("DELETE", "/api/subscriptions/messageChannel/3420/user/Dina%40Example.com", ""),
    "klaviyo": (
        "POST",
        "/api/profile-suppression-bulk-create-jobs",
        '{"data":{"type":"profile-suppression-bulk-create-job","attributes":{"profiles":{"data":[{"type":"profile","attributes":'
        '{"email":"Dina@Example.com"}}]}}}}',
    ),
    "mailchimp": ("PATCH", "/3.0/lists/", '{"status":"unsubscribed"}'),
    "mailgun": ("POST", "/unsubscribes", "address=Dina%40Example.com&tag=%2A"),
    "mandrill": ("POST", "/rejects/add", '"email":"Dina@Example.com"'),
    "moengage": ("POST", "/v1/customer/", '"attributes":{"moe_unsubscribe":true}'),
    "sendgrid": ("POST", "/v3/asm/suppressions/global", '{"recipient_emails":["Dina@Example.com"]}'),
}
"""Provider -> method, a part of the path, a part of the body, as its documentation has them."""
LOOKED_UP: dict[str, bytes] = {"intercom": b'{"type": "list", "data": [{"type": "contact", "id": "c1"}]}'}
"""What is answered first to whoever must look for the address before it can be told."""
each = pytest.mark.parametrize("key", sorted(ASKED))


def told(key: str, *replies: Reply) -> tuple[list[Outcome], list[Seen]]:
    tell = catalogue.provider(key).tell_opt_out
    assert tell is not None
    with provider_http(list(replies)) as peer:
        settings = recordings.of(key).settings(peer.url) | getattr(recordings.of(key), "TELLS_WITH", {})
        outcomes = []
        while peer.left:
            outcomes.append(tell(Http(), settings, MAIL))
        return outcomes, peer.seen


def test_whoever_can_be_told_is_asked_here() -> None:
    assert {key for key in catalogue.keys() if catalogue.provider(key).tell_opt_out} == set(ASKED)  # noqa: SIM118 - a function of the catalogue


@each
def test_it_is_told_in_its_own_words(key: str) -> None:
    method, path, body = ASKED[key]

    first = [(200, {}, LOOKED_UP[key])] if key in LOOKED_UP else []

    (outcome,), (*_, seen) = told(key, *first, (200, {}, b"{}"))

    assert outcome.fate is Fate.ACCEPTED
    assert (seen.method, path in seen.path, body.replace(" ", "") in seen.body.decode().replace(" ", "")) == (method, True, True), (
        seen.path,
        seen.body,
    )


@each
def test_doubt_and_outages_are_tried_again_and_a_no_is_not(key: str) -> None:
    echo = b"Dina@Example.com"

    outcomes, _ = told(key, (429, {"Retry-After": "90"}, b""), (503, {}, b""), (401, {}, echo), "silence", (400, {}, echo))

    assert [outcome.fate for outcome in outcomes] == [Fate.LATER] * 4 + [Fate.REFUSED]
    assert outcomes[0].retry_after == 90
    assert all("@" not in outcome.reason for outcome in outcomes), "nothing of what it said is repeated"


def test_who_is_no_contact_of_mailchimp_has_nothing_to_leave() -> None:
    (outcome,), _ = told("mailchimp", (404, {}, b"{}"))

    assert outcome.fate is Fate.ACCEPTED
