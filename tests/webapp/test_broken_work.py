"""Settings, Broken work: administrators see what is passed over, try it again or drop it."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.connections import edit as connections
from domain.journal import quarantine
from domain.journal.lanes import LANES
from domain.kernel import clock
from domain.kernel.actor import SYSTEM
from domain.kernel.base import Prefix, new_id, outside
from domain.sending.receipts import apply
from domain.tables.connections import RawReceipt
from domain.tables.journal import Audit, BrokenWork, Notice
from tests.sending import codes_to_segment
from tests.webapp.conftest import Browser

PAGE = "/settings/broken-work"


@pytest.fixture
def receipt(session: Session) -> RawReceipt:
    """A receipt that broke alone, and was passed over."""
    made, _ = connections.create(session, SYSTEM, "sandbox", "Sandbox", {})
    raw = RawReceipt(connection_id=made.id, headers={}, body=b"{}", created_at=clock.now(session))
    session.add(raw)
    session.flush()
    quarantine.write_down(session, "receipts", raw.id, ValueError("dina@example.com is odd"))
    return raw


def test_nothing_is_broken_says_what_would_stand_there(ada: Browser) -> None:
    page = ada.get(PAGE).text

    assert "Nothing is broken." in page
    assert "<table" not in page


def test_administrators_see_lane_item_and_error_and_nothing_of_the_person(ada: Browser, receipt: RawReceipt) -> None:
    page = ada.get(PAGE).text

    assert "1 receipt could not be read" in page
    assert str(receipt.id) in page
    assert "ValueError" in page
    assert "dina@example.com" not in page
    assert "1 receipt could not be read" in ada.get("/").text, "and are told on Home"
    assert 'href="/settings/broken-work"' in ada.get("/").text


def test_what_has_a_page_is_linked_by_its_name_and_all_else_shows_its_id(ada: Browser, session: Session, receipt: RawReceipt) -> None:
    long = "Autumn " * 24 + "fifteen"
    row = codes_to_segment(session, people=1)
    row.name, row.name_key = long, long.casefold()
    for lane in LANES:
        quarantine.write_down(session, lane, new_id(), ValueError())
    quarantine.write_down(session, "starts", row.id, ValueError())
    quarantine.write_down(session, "imports", "imp_1 line 7", ValueError())
    session.flush()

    page = ada.get(PAGE).text

    assert f'href="/distributions/{outside(Prefix.DISTRIBUTION, row.id)}">{long}</a>' in page
    assert f'href="/connections/{outside(Prefix.CONNECTION, receipt.connection_id)}">Sandbox</a>' in page
    assert "imp_1 line 7" in page
    assert page.count('class="link" href="/distributions/') == 1, "the others are about nothing that is there"


def test_only_administrators_may(ann: Browser, receipt: RawReceipt) -> None:
    assert ann.get(PAGE).status_code == 403
    assert ann.post(f"{PAGE}/lanes/receipts/drop").status_code == 403
    assert "broken-work" not in ann.get("/settings/project").text


def test_what_is_tried_again_is_done_like_any_other(ada: Browser, session: Session, receipt: RawReceipt) -> None:
    apply.apply_waiting(session)
    assert receipt.state == "pending", "it is passed over"

    one = session.scalars(select(BrokenWork)).one()
    assert ada.post(f"{PAGE}/{one.id}/again").status_code == 303
    apply.apply_waiting(session)

    assert receipt.state == "refused"
    assert session.scalars(select(BrokenWork)).all() == []
    assert session.scalars(select(Notice.resolved_at).where(Notice.kind == "broken_work")).one() is not None
    assert session.scalars(select(Audit.actor_name).where(Audit.command == "try broken work again")).all() == ["Ada Lind"]
    assert ada.post(f"{PAGE}/{one.id}/again").status_code == 404


def test_trying_again_is_offered_only_where_something_is_left_to_try(ada: Browser, session: Session) -> None:
    quarantine.write_down(session, "imports", "imp_1 line 7", ValueError())
    row = session.scalars(select(BrokenWork)).one()

    page = ada.get(PAGE).text

    assert "Try" not in page
    assert "Drop all" in page
    assert ada.post(f"{PAGE}/{row.id}/again").status_code == 404
    assert ada.post(f"{PAGE}/{row.id}/drop").status_code == 303


def test_what_is_dropped_is_never_done(ada: Browser, session: Session, receipt: RawReceipt) -> None:
    assert ada.post(f"{PAGE}/lanes/receipts/drop").status_code == 303
    apply.apply_waiting(session)

    session.expire_all()
    assert (receipt.state, receipt.reason) == ("refused", "Dropped by a person.")
    assert session.scalars(select(BrokenWork)).all() == []
    assert ada.post(f"{PAGE}/lanes/receipts/drop").status_code == 404


def test_people_are_told_once_a_lane_and_hour(session: Session, receipt: RawReceipt) -> None:
    quarantine.write_down(session, "receipts", "another", ValueError())
    told = session.scalars(select(Notice).where(Notice.kind == "broken_work")).one()
    assert told.title == "2 receipts could not be read"

    told.resolved_at = clock.now(session)
    session.flush()
    quarantine.write_down(session, "receipts", "a third", ValueError())
    assert len(session.scalars(select(Notice).where(Notice.kind == "broken_work")).all()) == 1, "somebody has just seen it"

    session.execute(text("UPDATE notices SET created_at = created_at - interval '61 minutes'"))
    session.expire_all()
    quarantine.write_down(session, "receipts", "a fourth", ValueError())
    titles = session.scalars(select(Notice.title).where(Notice.kind == "broken_work").order_by(Notice.id)).all()
    assert titles == ["2 receipts could not be read", "4 receipts could not be read"]
