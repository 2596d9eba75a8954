"""From Save & Send to the first message: freezing, the countdown, holding it, the segment's gate, the clock's start and its late guard."""

import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from domain.distributions.control import countdown, guard, hold, launch, pause, resume, stop
from domain.distributions.control import start as due
from domain.distributions.draft.spec import Spec
from domain.distributions.mistakes import NotNow
from domain.distributions.plan.plan import Plan
from domain.kernel import clock
from domain.kernel.errors import Stale
from domain.sending.recipients import from_audience
from domain.sending.states import finish
from domain.tables.distributions import Distribution, Version
from domain.tables.journal import Audit, Notice
from domain.tables.workspace import current_project
from tests.scenes import ANN, MAIL, Scene

MINUTES = datetime.timedelta(minutes=1)


def status(session: Session, row: Distribution) -> str:
    session.refresh(row)
    return row.status


def notices(session: Session) -> list[tuple[str, str]]:
    return [(n.kind, n.body) for n in session.scalars(select(Notice).where(Notice.resolved_at.is_(None)))]


def test_save_and_send_freezes_the_plan_and_waits_ten_minutes(scene: Scene, session: Session) -> None:
    row = scene.scheduled()

    assert (row.status, row.version, row.due_at) == ("scheduled", 1, scene.now + 10 * MINUTES)
    assert row.run is not None
    version = session.get_one(Version, (row.id, 1))
    assert Plan.from_json(version.plan).action == "codes"
    assert version.sentence.startswith("Everybody in Lapsed regulars")


def test_mistakes_keep_it_a_draft(scene: Scene, session: Session) -> None:
    row = scene.draft(Spec(trigger="manual"))
    found = launch.launch(session, row.id, ANN)

    assert isinstance(found, list)
    assert found
    assert status(session, row) == "draft"
    assert session.scalar(select(func.count()).select_from(Version)) == 0


def test_nothing_is_launched_twice_or_over_somebody_elses_change(scene: Scene, session: Session) -> None:
    row = scene.draft(scene.codes_to_segment())
    with pytest.raises(Stale):
        launch.launch(session, row.id, ANN, row_version=row.row_version - 1)
    launch.launch(session, row.id, ANN, row_version=row.row_version)

    with pytest.raises(NotNow, match="it is scheduled"):
        launch.launch(session, row.id, ANN)


@pytest.mark.parametrize(("chosen", "minutes"), [(timed, m) for timed, m in ((5, 10), (120, 120))])
def test_a_chosen_time_is_never_sooner_than_the_delay(scene: Scene, session: Session, chosen: int, minutes: int) -> None:
    at = (scene.now + chosen * MINUTES).replace(second=0, microsecond=0)
    row = scene.scheduled(scene.codes_to_segment(chosen_at=f"{at:%Y-%m-%dT%H:%M}", chosen_zone="UTC"))

    assert row.due_at is not None
    assert row.due_at == (at if minutes == chosen else scene.now + minutes * MINUTES)


def test_a_live_one_is_live_at_once(scene: Scene, session: Session) -> None:
    row = scene.live()

    assert (row.status, row.started_at, row.due_at, row.run) == ("live", scene.now, None, None)
    assert row.fanned_out_at is not None


def test_current_members_get_a_run_of_their_own(scene: Scene, session: Session) -> None:
    row = scene.live(scene.entered(current_members=True))

    assert row.run is not None
    assert row.fanned_out_at is None


def test_the_clock_starts_it_when_it_is_due_and_not_before(scene: Scene, session: Session) -> None:
    row = scene.scheduled()
    scene.later(minutes=9)
    assert due.start_due(session) == []

    scene.later(minutes=2)
    assert due.start_due(session) == [row.id]
    assert due.start_due(session) == []

    assert status(session, row) == "sending"
    assert row.started_at == clock.now(session)


def test_a_plan_that_no_longer_holds_pauses_with_its_mistakes(scene: Scene, session: Session) -> None:
    row = scene.scheduled()
    scene.sandbox.archived_at = scene.now
    scene.later(minutes=11)
    due.start_due(session)

    assert status(session, row) == "paused"
    assert (row.pause_reason, row.pause_detail[:24]) == ("plan_broken", "This connection was remo")
    assert notices(session)[0][0] == "plan_broken"

    assert resume.resume(session, row.id, ANN)[0].step == "channels"
    scene.sandbox.archived_at = None
    assert resume.resume(session, row.id, ANN) == []
    assert status(session, row) == "sending"
    assert notices(session) == []


def test_more_than_an_hour_late_waits_for_a_person(scene: Scene, session: Session) -> None:
    row = scene.scheduled()
    scene.later(minutes=71)
    assert due.start_due(session) == []
    assert (status(session, row), row.pause_reason) == ("paused", "late")

    assert resume.resume(session, row.id, ANN) == []
    assert status(session, row) == "sending"


def beat(session: Session) -> None:
    current_project(session).last_seen_at = clock.now(session)
    session.flush()


def test_an_hour_without_heartbeat_holds_what_is_due_and_what_is_sending(scene: Scene, session: Session) -> None:
    sending, due_soon, live, far = scene.scheduled(), scene.scheduled(), scene.live(), scene.scheduled()
    far.due_at = scene.now + datetime.timedelta(days=2)
    due_soon.due_at = scene.now + 70 * MINUTES
    scene.later(minutes=11)
    assert due.start_due(session) == [sending.id]
    beat(session)
    scene.later(minutes=61)

    assert due.start_due(session) == []

    assert [status(session, r) for r in (sending, due_soon, live, far)] == ["paused", "paused", "live", "scheduled"]
    assert sending.pause_reason == "late"
    beat(session)
    assert guard.after_gap(session) == 0


def test_a_short_gap_holds_nothing(scene: Scene, session: Session) -> None:
    scene.scheduled()
    beat(session)
    scene.later(minutes=59)

    assert guard.after_gap(session) == 0


def test_a_restored_database_sends_nothing_by_itself(scene: Scene, session: Session, tmp_path: Path) -> None:
    rows = [scene.scheduled(), scene.live()]
    mark = tmp_path / "mark"
    project = current_project(session)
    guard.recognise(session, mark)
    backup = project.data_mark
    for _ in range(3):
        scene.later(minutes=2)
        assert guard.recognise(session, mark) == 0
    assert mark.exists()

    project.data_mark = backup

    assert guard.recognise(session, mark) == 2
    assert [status(session, r) for r in rows] == ["paused", "paused"]
    assert "restored backup" in rows[0].pause_detail
    assert guard.recognise(session, mark) == 0
    scene.later(minutes=2)
    assert guard.recognise(session, mark) == 0


def test_another_database_sends_nothing_by_itself(scene: Scene, session: Session, tmp_path: Path) -> None:
    row = scene.live()
    mark = tmp_path / "mark"
    mark.write_text("another 5")

    assert guard.recognise(session, mark) == 1
    assert (status(session, row), row.pause_reason) == ("paused", "late")


def test_hold_keeps_what_is_left_of_the_countdown(scene: Scene, session: Session) -> None:
    row = scene.scheduled()
    scene.later(minutes=4)
    hold.hold(session, row.id, ANN)
    scene.later(minutes=30)
    assert due.start_due(session) == []

    hold.release(session, row.id, ANN)
    session.flush()

    session.refresh(row)
    assert row.due_at == scene.now + 6 * MINUTES


def test_a_chosen_time_survives_a_hold(scene: Scene, session: Session) -> None:
    at = (scene.now + datetime.timedelta(days=2)).replace(second=0, microsecond=0)
    row = scene.scheduled(scene.codes_to_segment(chosen_at=f"{at:%Y-%m-%dT%H:%M}", chosen_zone="UTC"))
    hold.hold(session, row.id, ANN)
    scene.later(hours=1)
    hold.release(session, row.id, ANN)

    assert row.due_at == at


def test_only_a_countdown_can_be_held(scene: Scene, session: Session) -> None:
    live = scene.live()

    with pytest.raises(NotNow, match="no countdown to hold: it is live"):
        hold.hold(session, live.id, ANN)
    with pytest.raises(NotNow, match="is not held"):
        hold.release(session, scene.scheduled().id, ANN)


def syncing(scene: Scene) -> tuple[Distribution, object]:
    segment = scene.segment("Growing", scene.dina, synced=False)
    return scene.scheduled(scene.codes_to_segment(segment_id=segment.id)), segment


def test_a_syncing_segment_is_waited_for(scene: Scene, session: Session) -> None:
    row, segment = syncing(scene)
    assert row.due_at is None
    scene.later(hours=3)
    countdown.check_sync(session)
    assert row.due_at is None

    segment.sync, segment.synced_revision, segment.synced_at = "synced", 1, scene.now
    session.flush()
    scene.later(minutes=2)
    countdown.check_sync(session)

    assert row.due_at == segment.synced_at + 10 * MINUTES


def test_an_edit_of_the_segment_begins_the_countdown_anew(scene: Scene, session: Session) -> None:
    row, segment = syncing(scene)
    segment.sync, segment.synced_revision, segment.synced_at = "synced", 1, scene.now
    session.flush()
    countdown.check_sync(session)
    scene.later(minutes=5)
    segment.revision, segment.sync = 2, "syncing"
    session.flush()
    countdown.check_sync(session)

    assert (row.due_at, row.waits_for_revision, row.rearmed_at) == (None, 2, scene.now)
    assert due.start_due(session) == []


def test_a_change_of_members_moves_nothing(scene: Scene, session: Session) -> None:
    row = scene.scheduled()
    before = row.due_at
    scene.later(minutes=5)

    assert countdown.check_sync(session) == 0
    assert row.due_at == before


def test_a_failed_sync_pauses_and_says_why(scene: Scene, session: Session) -> None:
    row, segment = syncing(scene)
    segment.sync, segment.sync_error = "failed", "too many customers"
    session.flush()
    countdown.check_sync(session)

    assert (status(session, row), row.pause_reason) == ("paused", "plan_broken")
    assert row.pause_detail == "“Growing” could not be synced: too many customers"

    segment.sync = "syncing"
    session.flush()
    assert resume.resume(session, row.id, ANN) == []
    assert (status(session, row), row.due_at) == ("scheduled", None)


def test_a_person_pauses_and_goes_on(scene: Scene, session: Session) -> None:
    row = scene.scheduled()
    with pytest.raises(NotNow, match="hold the countdown"):
        pause.pause_by_person(session, row.id, ANN)
    scene.later(minutes=11)
    due.start_due(session)
    pause.pause_by_person(session, row.id, ANN)
    assert (status(session, row), row.pause_reason, row.pause_detail) == ("paused", "person", "Paused by Ann")

    resume.resume(session, row.id, ANN)

    assert (status(session, row), row.pause_reason) == ("sending", "")


def test_what_ran_dry_goes_on_only_when_there_are_codes(scene: Scene, session: Session) -> None:
    campaign = scene.campaign("Small", codes=1)
    row = scene.live(scene.entered(campaign_id=campaign.id))
    session.execute(Version.__table__.select())
    for state, delta in (("free", -1), ("assigned", 1)):
        from domain.tables.incentives import PoolDelta

        scene.add(PoolDelta(campaign_id=campaign.id, state=state, delta=delta))
    assert pause.pause_because(session, row.id, "no_codes", "3 people wait for a code of “Small”.")
    assert not pause.pause_because(session, row.id, "no_codes", "3 people wait for a code of “Small”.")
    assert notices(session) == [("no_codes", "3 people wait for a code of “Small”.")]

    assert "has no code left" in resume.resume(session, row.id, ANN)[0].text
    campaign.auto_update = True
    session.flush()
    assert resume.resume(session, row.id, ANN) == []
    assert status(session, row) == "live"


def test_stop_is_final_and_leaves_no_notice(scene: Scene, session: Session) -> None:
    row, live = scene.scheduled(), scene.live()
    pause.pause_because(session, live.id, "connection", "The key is wrong.")
    stop.stop(session, row.id, ANN)
    stop.stop(session, live.id, ANN)

    assert [status(session, r) for r in (row, live)] == ["stopped", "ended"]
    assert row.due_at is None
    assert notices(session) == []
    with pytest.raises(NotNow, match="stop is final"):
        stop.stop(session, row.id, ANN)


def test_finishing_is_done_once(scene: Scene, session: Session) -> None:
    row = scene.scheduled()
    assert not finish.done(session, row.id)
    scene.later(minutes=11)
    due.start_due(session)
    assert not finish.done(session, row.id)
    while from_audience.make_page(session, row.id):
        pass
    session.execute(text("UPDATE recipients SET state = 'skipped', waits = false"))

    assert finish.done(session, row.id)
    assert not finish.done(session, row.id)
    assert status(session, row) == "done"


def test_every_command_leaves_its_audit_row(scene: Scene, session: Session) -> None:
    row = scene.scheduled(scene.codes_to_segment(channels=(scene.channel(MAIL),)))
    hold.hold(session, row.id, ANN)
    hold.release(session, row.id, ANN)
    stop.stop(session, row.id, ANN)
    said = session.scalars(select(Audit.command).order_by(Audit.id)).all()

    assert said[-4:] == ["launch distribution", "hold distribution", "release distribution", "stop distribution"]
