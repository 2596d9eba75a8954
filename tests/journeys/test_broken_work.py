"""Broken work, door to door: an administrator finds what broke, tries one again by keyboard, and drops the rest after a question."""

from collections.abc import Callable

from sqlalchemy import select, text

from domain.journal import quarantine
from domain.journal.lanes import LANES
from domain.kernel import clock
from domain.kernel.base import new_id
from domain.tables.journal import BrokenWork
from tests.journeys.installation import Installation
from tests.journeys.tab import Tab
from tests.sending import a_segment

LONG = "Winter coupon for everybody who ever bought bread, rolls or cake from us and has not been seen since the end of last summer, "
LONG += "first and second reminder, in two languages, 2026-11"


def test_what_broke_is_found_tried_again_and_dropped(open_tab: Callable[..., Tab], installation: Installation) -> None:
    with installation.transaction() as session:
        session.execute(text("DELETE FROM broken_work"))
        session.execute(text("DELETE FROM segments"))
    ada = open_tab("ada")
    ada.goto("/settings/broken-work")
    ada.page.get_by_role("heading", name="Nothing is broken.").wait_for()
    ada.settled("settings-broken-work-empty")

    with installation.transaction() as session:
        row = a_segment(session)
        row.name, row.name_key = LONG, LONG.casefold()
        now = clock.now(session)
        for _ in range(1_200):
            item, error = str(new_id()), "NumericValueOutOfRange"
            session.add(BrokenWork(lane="tallies", item=item, error=error, reference="0badf00d", created_at=now))
        session.flush()
        for lane in LANES:
            quarantine.write_down(session, lane, new_id(), ValueError())
        quarantine.write_down(session, "segment_times", row.id, ValueError())
    ada.page.reload()
    ada.page.get_by_role("link", name=LONG).first.wait_for()
    ada.settled("settings-broken-work")

    one = ada.page.get_by_role("row").filter(has_text=LONG)
    one.get_by_role("button", name="Try again").focus()
    ada.page.keyboard.press("Enter")
    ada.page.get_by_text("It is tried again.").wait_for()
    ada.page.get_by_role("link", name=LONG).wait_for(state="detached")

    ada.page.get_by_role("button", name="Drop all").first.focus()
    ada.page.keyboard.press("Enter")
    dialog = ada.page.get_by_role("dialog")
    dialog.wait_for()
    ada.page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    with installation.transaction() as session:
        assert len(session.scalars(select(BrokenWork.lane).distinct()).all()) == len(LANES), "nothing was dropped by opening a question"
