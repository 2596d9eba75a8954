"""The log of a webhook on the delivery's page, and sending again what failed and what was taken."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.connections import edit
from domain.customers.profiles.erase import erase
from domain.kernel.actor import SYSTEM
from domain.kernel.base import Prefix, outside
from domain.sending.calls import dispatch, record
from domain.sending.calls.provider_call import place
from domain.sending.prepare import decide, store
from domain.sending.recipients import from_audience
from domain.tables.sending import Delivery
from integrations.http import Http
from tests.integrations import recordings
from tests.integrations.recordings import Rehearsal
from tests.sending import codes_to_segment
from webapp import http_client

BODY = {"payload": '{"type": "code.sent", "code": "{{ voucher.code }}"}'}


@pytest.fixture
def private(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The receiver of these tests lives on this machine."""
    monkeypatch.setenv("LARGESSE_ALLOW_PRIVATE", "127.0.0.0/8")
    import settings

    settings.current.cache_clear()
    http_client.http.cache_clear()
    yield
    settings.current.cache_clear()
    http_client.http.cache_clear()


def posted(session: Session, rehearsal: Rehearsal) -> Delivery:
    connection, _ = edit.create(session, SYSTEM, "webhook", "Shop", rehearsal.settings)
    distribution = codes_to_segment(session, 1, connection=connection, mode="webhook", parts=BODY)
    from_audience.make_page(session, distribution.id)
    (claimed,) = decide.claim(session, distribution.id, "bulk", decide.FIRST, 5)
    (lease,) = store.store_decisions(session, claimed, decide.decide(session, claimed), "bulk", at_once=True)
    call = dispatch.call_of(session, claimed.recipe, lease.way, lease.id, lease.items)
    record.record(session, call, place(call, Http(("127.0.0.0/8",))))
    return session.query(Delivery).one()


def url(one: Delivery, rest: str = "") -> str:
    return f"/distributions/{outside(Prefix.DISTRIBUTION, one.distribution_id)}/deliveries/{outside(Prefix.DELIVERY, one.id)}{rest}"


def ids(rehearsal: Rehearsal) -> list[str]:
    assert rehearsal.peer is not None
    return [seen.headers["webhook-id"] for seen in rehearsal.peer.seen]


def test_the_log_shows_request_and_answer_and_bodies_only_to_whoever_may_see_codes(ann: Any, bo: Any, session: Session) -> None:
    with recordings.on_the_wire("webhook", "server error") as rehearsal:
        one = posted(session, rehearsal)
    code = session.execute(text("SELECT code FROM vouchers WHERE recipient_id IS NOT NULL OR state <> 'free'")).scalar_one()

    page, masked = ann.get(url(one)).text, bo.get(url(one)).text

    for said in (page, masked):
        assert "Request and answer" in said
        assert f"POST {rehearsal.settings['url']}" in said
        assert "authorization: •••" in said
        assert "hidden-word" not in said
        assert f"webhook-id: {outside(Prefix.DELIVERY, one.id)}" in said
    assert code in page
    assert "SECRET BYTES" in page
    assert code not in masked
    assert "SECRET BYTES" not in masked
    assert "shown to people who may see codes" in masked


@pytest.mark.usefixtures("private")
def test_what_was_taken_is_sent_again_under_its_id_and_stays_accepted(ann: Any, bo: Any, session: Session) -> None:
    with recordings.on_the_wire("webhook", "success") as rehearsal:
        one = posted(session, rehearsal)
        assert "Send this again?" in ann.get(url(one)).text
        assert "Send this again?" not in bo.get(url(one)).text
        assert bo.post(url(one, "/again")).status_code == 403
        answer = ann.post(url(one, "/again"))

    assert answer.status_code == 303
    assert len(ids(rehearsal)) == 2
    assert len(set(ids(rehearsal))) == 1
    assert rehearsal.peer is not None
    assert rehearsal.peer.seen[0].body == rehearsal.peer.seen[1].body
    session.refresh(one)
    assert (one.state, one.attempts) == ("accepted", 1)
    page = ann.get(url(one)).text
    assert "as a repetition with the same id. It was taken." in page
    assert "sent again by Ann" in page
    assert session.execute(text("SELECT count(*) FROM audit WHERE command = 'send delivery again'")).scalar_one() == 1
    assert session.execute(text("SELECT count(*) FROM publications")).scalar_one() == 1


@pytest.mark.usefixtures("private")
def test_who_took_the_permission_back_gets_nothing_again(ann: Any, session: Session) -> None:
    with recordings.on_the_wire("webhook", "success") as rehearsal:
        one = posted(session, rehearsal)
        erase(session, SYSTEM, one.customer_id)
        ann.post(url(one, "/again"))

    assert len(ids(rehearsal)) == 1
    assert session.execute(text("SELECT count(*) FROM exchanges")).scalar_one() == 0


def test_mail_that_was_accepted_is_never_offered_again(ann: Any, session: Session) -> None:
    distribution = codes_to_segment(session, 1)
    from_audience.make_page(session, distribution.id)
    (claimed,) = decide.claim(session, distribution.id, "bulk", decide.FIRST, 5)
    store.store_decisions(session, claimed, decide.decide(session, claimed), "bulk", at_once=True)
    session.execute(text("UPDATE deliveries SET state = 'accepted'"))

    assert "Send this again?" not in ann.get(url(session.query(Delivery).one())).text
