"""The list and the page of a distribution, and what they can be told."""

import datetime

import pytest
from sqlalchemy.orm import Session

from domain.distributions.control import pause
from domain.distributions.control import start as due
from domain.kernel.base import Prefix, outside
from domain.tables.distributions import Distribution
from domain.tables.sending import TallyDelta
from tests.scenes import Scene
from tests.webapp.conftest import Browser
from tests.webapp.distributions.by_forms import url


def status(session: Session, row: Distribution) -> str:
    session.refresh(row)
    return row.status


def tally(scene: Scene, row: Distribution, channel: str, state: str, count: int, days: int = 0) -> None:
    minute = (scene.now - datetime.timedelta(days=days)).replace(second=0, microsecond=0)
    scene.add(TallyDelta(distribution_id=row.id, channel=channel, state=state, reason="", minute=minute, delta=count))


def test_the_empty_list_teaches(ann: Browser, bo: Browser) -> None:
    page = ann.get("/distributions").text
    assert "Nothing goes out yet" in page
    assert "Make the first one" in page
    assert "Ann Weber can edit distributions" in bo.get("/distributions").text


def test_the_list_says_state_reach_and_result(ann: Browser, scene: Scene, session: Session) -> None:
    sending, live, draft = scene.scheduled(), scene.live(), scene.draft(name="Refer a friend")
    scene.later(minutes=11)
    due.start_due(session)
    tally(scene, sending, "", "served", 40)
    tally(scene, sending, "", "pending", 60)
    tally(scene, live, "", "served", 7)
    tally(scene, live, "c1", "sent", 5)
    tally(scene, live, "c1", "sent", 2, days=1)
    page = ann.get("/distributions").text

    for words in ("Sending", "40 of 100 done", "Live", "5 today", "Refer a friend", "No trigger yet", "Enters", draft.name):
        assert words in page
    assert "state--beat" in page


@pytest.mark.parametrize(
    ("query", "there", "absent"),
    [
        ("view=drafts", "Idea", "Welcome"),
        ("view=live", "Welcome", "Idea"),
        ("q=wel", "Welcome", "Idea"),
        ("state=draft", "Idea", "Welcome"),
        ("trigger=segment_entered", "Welcome", "Idea"),
        ("channel=sandbox", "Welcome", "Idea"),
        ("channel=smtp", "No distribution fits", "Welcome"),
    ],
)
def test_filters_stand_in_the_address(ann: Browser, scene: Scene, session: Session, query: str, there: str, absent: str) -> None:
    scene.draft(name="Idea")
    live = scene.live()
    live.name, live.name_key = "Welcome", "welcome"
    session.flush()
    page = ann.get(f"/distributions?{query}").text

    assert there in page
    assert f">{absent}<" not in page


def test_what_needs_a_person_is_counted_apart(ann: Browser, scene: Scene, session: Session) -> None:
    dry, mine = scene.live(), scene.live()
    pause.pause_because(session, dry.id, "no_codes", "46 people wait for a code.")
    pause.pause_by_person(session, mine.id, __import__("tests.scenes", fromlist=["ANN"]).ANN)
    page = ann.get("/distributions?view=needs").text

    assert dry.name in page
    assert f">{mine.name}<" not in page


def test_the_list_goes_on_by_pages(ann: Browser, scene: Scene) -> None:
    for n in range(27):
        scene.draft(name=f"Number {n}")
        scene.later(seconds=1)
    page = ann.get("/distributions").text

    assert page.count('class="name"') == 25
    older = page.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert ann.get(older).text.count('class="name"') == 2


def test_a_deleted_draft_comes_back_by_undo(ann: Browser, scene: Scene, session: Session) -> None:
    row = scene.draft(name="Christmas")
    path = url(row)
    gone = ann.post(f"{path}/delete", follow_redirects=True).text
    assert "“Christmas” is deleted." in gone
    assert f'action="{path}/restore"' in gone

    ann.post(f"{path}/restore")
    assert "Christmas" in ann.get("/distributions").text


def test_a_countdown_can_be_held_released_and_stopped(ann: Browser, scene: Scene, session: Session) -> None:
    row = scene.scheduled()
    page = ann.get(url(row)).text
    assert "<count-down" in page
    ann.post(url(row, "hold"))
    assert "The countdown stands still." in ann.get(url(row)).text
    ann.post(url(row, "release"))
    session.refresh(row)
    assert row.held_seconds is None

    ann.post(url(row, "stop"))

    assert status(session, row) == "stopped"
    assert "Duplicate" in ann.get(url(row)).text


def test_what_is_sending_is_stopped_only_by_the_typed_word(ann: Browser, scene: Scene, session: Session) -> None:
    row = scene.scheduled()
    scene.later(minutes=11)
    due.start_due(session)
    ann.post(url(row, "stop"), data={"sure": "yes"})
    assert status(session, row) == "sending"

    ann.post(url(row, "stop"), data={"sure": " Stop"})
    assert status(session, row) == "stopped"


def test_a_dry_pool_says_who_waits_and_how_to_go_on(ann: Browser, bo: Browser, scene: Scene, session: Session) -> None:
    campaign = scene.campaign("Small", codes=3)
    row = scene.live(scene.entered(campaign_id=campaign.id))
    tally(scene, row, "", "pending", 46)
    pause.pause_because(session, row.id, "no_codes", "46 people wait for a code of “Small”.")
    page = ann.get(url(row)).text

    assert "Out of codes" in page
    assert "46 people wait; 3 codes are free now. Nobody is lost." in page
    assert f"/campaigns/{outside(Prefix.CAMPAIGN, campaign.id)}" in page
    assert "Ann Weber can launch" in bo.get(url(row)).text

    ann.post(url(row, "resume"))
    assert status(session, row) == "live"


def test_what_cannot_go_on_says_why(ann: Browser, scene: Scene, session: Session) -> None:
    row = scene.scheduled()
    scene.sandbox.archived_at = scene.now
    scene.later(minutes=11)
    due.start_due(session)
    page = ann.post(url(row, "resume"), follow_redirects=True).text

    assert "It cannot go on yet. This connection was removed." in page
    assert "Put it right" in page


def test_the_head_is_polled_and_quiet_while_nothing_changes(ann: Browser, scene: Scene, session: Session) -> None:
    row = scene.scheduled()
    page = ann.get(url(row)).text
    poll = page.partition('id="head"')[2].partition('hx-get="')[2].partition('"')[0].replace("&amp;", "&")
    assert ann.htmx(poll).status_code == 204

    ann.post(url(row, "hold"))
    answer = ann.htmx(poll)
    assert answer.status_code == 200
    assert "stands still" in answer.text.partition('id="toasts"')[0]

    ann.post(url(row, "stop"))
    assert ann.htmx(poll).headers["HX-Refresh"] == "true"


def test_an_edit_is_applied_as_a_version_that_tells_what_changed(ann: Browser, scene: Scene, session: Session) -> None:
    row = scene.scheduled()
    opened = ann.post(url(row, "edit"))
    assert opened.location.endswith("/channels")
    session.refresh(row)
    data = {"name": row.name, "row_version": row.row_version, "do": "next", "c1-subject": "Something else"}
    ann.post(url(row, "channels"), data=data)
    assert "Apply as version 2" in ann.get(url(row, "summary")).text
    assert "An edit is not applied yet" in ann.get(url(row)).text
    session.refresh(row)
    ann.post(url(row, "launch"), data={"name": row.name, "row_version": row.row_version})

    page = ann.get(url(row, "versions")).text
    assert "Version 2" in page
    assert "<ins>Something else</ins>" in page
    assert status(session, row) == "scheduled"


def test_a_new_name_waits_in_the_side_draft_until_the_edit_is_applied(ann: Browser, scene: Scene, session: Session) -> None:
    row = scene.live()
    before = row.name
    ann.post(url(row, "edit"))
    session.refresh(row)
    ann.post(url(row, "channels"), data={"name": "Spring again", "row_version": row.row_version, "do": "save"})

    assert 'value="Spring again"' in ann.get(url(row, "summary")).text
    assert f"<h1>{before} " in ann.get(url(row)).text
    session.refresh(row)
    ann.post(url(row, "launch"), data={"name": "Spring again", "row_version": row.row_version})
    assert "<h1>Spring again " in ann.get(url(row)).text


def test_a_name_that_was_taken_meanwhile_keeps_the_edit_open(ann: Browser, scene: Scene, session: Session) -> None:
    row = scene.live()
    ann.post(url(row, "edit"))
    session.refresh(row)
    ann.post(url(row, "channels"), data={"name": "Spring again", "row_version": row.row_version, "do": "save"})
    scene.draft(name="Spring again")

    session.refresh(row)
    answer = ann.post(url(row, "launch"), data={"name": "Spring again", "row_version": row.row_version})

    assert answer.status_code == 422
    assert "Another distribution is called “Spring again”" in answer.text
    session.refresh(row)
    assert (row.version, row.side_spec is not None) == (1, True)


def test_a_dropped_edit_takes_its_name_with_it(ann: Browser, scene: Scene, session: Session) -> None:
    row = scene.live()
    before = row.name
    ann.post(url(row, "edit"))
    session.refresh(row)
    ann.post(url(row, "channels"), data={"name": "Spring again", "row_version": row.row_version, "do": "save"})
    ann.post(url(row, "discard"))
    ann.post(url(row, "edit"))

    assert f'value="{before}"' in ann.get(url(row, "summary")).text


def test_an_edit_that_came_too_late_is_kept_and_told(ann: Browser, scene: Scene, session: Session) -> None:
    row = scene.scheduled()
    ann.post(url(row, "edit"))
    scene.later(minutes=11)
    due.start_due(session)
    session.refresh(row)
    page = ann.post(url(row, "launch"), data={"name": row.name, "row_version": row.row_version}, follow_redirects=True).text

    assert "Sending began" in page
    assert "An edit was not applied" in page


def test_launching_with_mistakes_goes_nowhere(ann: Browser, scene: Scene, session: Session) -> None:
    row = scene.draft(scene.codes_to_segment(channels=()))
    session.refresh(row)
    answer = ann.post(url(row, "launch"), data={"name": row.name, "row_version": row.row_version})

    assert answer.status_code == 422
    assert "Add at least one channel" in answer.text
    assert status(session, row) == "draft"
