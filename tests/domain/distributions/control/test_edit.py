"""Editing what was launched: a side draft, Apply, and who wins against the clock."""

import datetime
from dataclasses import replace

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from domain.distributions.control import edit_launched as edit
from domain.distributions.control import pause
from domain.distributions.control import start as due
from domain.distributions.draft import store as draft
from domain.distributions.draft.spec import Spec
from domain.distributions.mistakes import NotNow
from domain.kernel.errors import Stale
from domain.tables.distributions import Distribution, Version
from tests.scenes import ANN, BO, MAIL, Scene


def editing(scene: Scene, row: Distribution, **changes: object) -> Spec:
    edit.begin(scene.session, row.id, ANN)
    spec = replace(draft.working(row), **changes)
    draft.store(scene.session, row.id, spec, row.row_version, ANN)
    return spec


def new_words(scene: Scene, words: str = "Something else") -> dict[str, object]:
    return {"channels": (scene.channel({**MAIL, "subject": words}),)}


def test_an_edit_touches_nothing_until_it_is_applied(scene: Scene, session: Session) -> None:
    row = scene.scheduled()
    launched = Spec.from_json(row.spec)
    editing(scene, row, **new_words(scene))

    assert Spec.from_json(row.spec) == launched
    assert row.status == "scheduled"

    assert edit.apply(session, row.id, ANN) == edit.Applied(2)

    assert Spec.from_json(row.spec).channels[0].parts["subject"] == "Something else"
    assert row.side_spec is None
    assert session.get_one(Version, (row.id, 2)).plan["channels"][0]["parts"]["subject"] == "Something else"
    assert session.get_one(Version, (row.id, 1)).plan["channels"][0]["parts"]["subject"] == MAIL["subject"]


def test_a_new_name_waits_with_the_edit(scene: Scene, session: Session) -> None:
    row = scene.scheduled()
    before = row.name
    editing(scene, row, **new_words(scene))

    draft.rename(session, row.id, "Renamed in the edit", ANN)

    assert (row.name, draft.called(row)) == (before, "Renamed in the edit")
    assert edit.apply(session, row.id, ANN) == edit.Applied(2)
    assert (row.name, draft.called(row)) == ("Renamed in the edit", "Renamed in the edit")


def test_a_name_goes_with_the_edit_that_is_dropped(scene: Scene, session: Session) -> None:
    row = scene.scheduled()
    before = row.name
    editing(scene, row)
    draft.rename(session, row.id, "Never mind", ANN)

    edit.discard(session, row.id, ANN)

    assert (row.name, draft.called(row)) == (before, before)


def test_a_name_that_another_took_meanwhile_is_a_mistake_of_the_summary(scene: Scene, session: Session) -> None:
    row = scene.scheduled()
    editing(scene, row, **new_words(scene))
    draft.rename(session, row.id, "Spring", ANN)
    scene.draft(scene.codes_to_segment(), "Spring")

    said = edit.apply(session, row.id, ANN)

    assert isinstance(said, list)
    assert [(m.step, m.field) for m in said] == [("summary", "name")]
    assert row.side_spec is not None


def test_the_countdown_runs_on_over_an_edit(scene: Scene, session: Session) -> None:
    row = scene.scheduled()
    due_at = row.due_at
    scene.later(minutes=5)
    editing(scene, row, **new_words(scene))
    edit.apply(session, row.id, ANN)

    assert row.due_at == due_at


def test_another_time_or_segment_moves_it(scene: Scene, session: Session) -> None:
    row = scene.scheduled()
    scene.later(minutes=5)
    editing(scene, row, segment_id=scene.segment("Others", scene.dina).id)
    edit.apply(session, row.id, ANN)

    assert row.due_at == scene.now + datetime.timedelta(minutes=10)


def test_when_sending_began_first_the_edit_is_kept_and_told(scene: Scene, session: Session) -> None:
    row = scene.scheduled()
    spec = editing(scene, row, **new_words(scene))
    scene.later(minutes=11)
    due.start_due(session)
    edited_at = f"{scene.now:%H:%M:%S}"

    with pytest.raises(NotNow, match=f"Sending began {edited_at} UTC, as launched. Your edit is kept"):
        edit.apply(session, row.id, ANN)

    session.refresh(row)
    assert draft.working(row) == spec
    assert (row.status, row.version) == ("sending", 1)


def test_an_edit_of_another_version_is_not_swapped_in(scene: Scene, session: Session) -> None:
    row = scene.scheduled()
    editing(scene, row, **new_words(scene))
    session.flush()
    session.execute(update(Distribution).where(Distribution.id == row.id).values(version=7))

    with pytest.raises(NotNow, match=r"as version 7\. Your edit is kept"):
        edit.apply(session, row.id, ANN)


def test_two_people_who_edit_are_told_of_each_other(scene: Scene, session: Session) -> None:
    row = scene.scheduled()
    edit.begin(session, row.id, ANN)
    seen = row.row_version
    draft.store(session, row.id, replace(draft.working(row), **new_words(scene, "Bo's")), seen, BO)

    with pytest.raises(Stale, match="Bo changed"):
        edit.apply(session, row.id, ANN, row_version=seen)


def test_mistakes_leave_the_edit_open(scene: Scene, session: Session) -> None:
    row = scene.scheduled()
    editing(scene, row, channels=())
    found = edit.apply(session, row.id, ANN)

    assert isinstance(found, list)
    assert found[0].step == "channels"
    assert row.version == 1


def test_a_live_one_goes_on_with_the_new_version(scene: Scene, session: Session) -> None:
    row = scene.live()
    editing(scene, row, **new_words(scene))

    assert edit.apply(session, row.id, ANN) == edit.Applied(2)
    assert row.status == "live"


def test_live_stays_live_and_once_stays_once(scene: Scene, session: Session) -> None:
    row, live = scene.scheduled(), scene.live()
    editing(scene, row, trigger="segment_left")
    editing(scene, live, trigger="manual", audience="segment")

    for one, words in ((row, "cannot become live"), (live, "cannot become one that is sent once")):
        found = edit.apply(session, one.id, ANN)
        assert isinstance(found, list)
        assert words in found[0].text


def test_once_messages_went_out_only_their_words_can_change(scene: Scene, session: Session) -> None:
    row = scene.scheduled()
    scene.later(minutes=11)
    due.start_due(session)
    with pytest.raises(NotNow, match="Pause it first"):
        edit.begin(session, row.id, ANN)
    pause.pause_by_person(session, row.id, ANN)

    editing(scene, row, segment_id=scene.segment("Others", scene.dina).id)
    found = edit.apply(session, row.id, ANN)
    assert isinstance(found, list)
    assert found[0].step == "trigger"

    edit.discard(session, row.id, ANN)
    editing(scene, row, **new_words(scene))
    assert edit.apply(session, row.id, ANN) == edit.Applied(2)


def test_what_is_over_cannot_be_edited(scene: Scene, session: Session) -> None:
    row = scene.scheduled()
    row.status = "done"
    session.flush()

    with pytest.raises(NotNow, match="everything is sent"):
        edit.begin(session, row.id, ANN)


def test_members_of_today_are_brought_in_when_an_edit_asks_for_them(scene: Scene, session: Session) -> None:
    row = scene.live()
    editing(scene, row, current_members=True)
    edit.apply(session, row.id, ANN)
    assert row.run is not None
    assert row.fanned_out_at is None

    row.fanned_out_at, run = scene.now, row.run
    editing(scene, row, **new_words(scene))
    edit.apply(session, row.id, ANN)
    assert (row.run, row.fanned_out_at) == (run, scene.now)
