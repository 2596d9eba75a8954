"""Drafts: created, stored, renamed, duplicated, deleted and brought back."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.distributions.draft import store as draft
from domain.distributions.draft.spec import Spec
from domain.distributions.mistakes import NotNow
from domain.kernel.base import Prefix, outside
from domain.kernel.errors import Stale
from domain.tables.distributions import Distribution
from domain.tables.journal import Audit
from tests.scenes import ANN, BO, Scene


def test_drafts_are_called_untitled_and_counted(scene: Scene, session: Session) -> None:
    assert [draft.create(session, ANN).name for _ in range(3)] == ["Untitled 1", "Untitled 2", "Untitled 3"]


def test_names_are_unique_whatever_their_case(scene: Scene, session: Session) -> None:
    scene.draft(name="Autumn thank-you")
    other = scene.draft()

    with pytest.raises(draft.NameRefused, match="is called “AUTUMN Thank-You” already"):
        draft.rename(session, other.id, "  AUTUMN   Thank-You ", ANN)
    with pytest.raises(draft.NameRefused, match="Give it a name"):
        draft.rename(session, other.id, "  ", ANN)
    assert other.name == "Untitled 1"


def test_a_spec_comes_back_as_it_was_stored(scene: Scene, session: Session) -> None:
    spec = scene.codes_to_segment(chosen_at="2026-12-24T09:00", chosen_zone="Europe/London", once_ever=False)
    row = scene.draft(spec)
    session.refresh(row)

    assert draft.working(row) == spec
    assert row.trigger == "manual"


def test_storing_the_same_writes_nothing(scene: Scene, session: Session) -> None:
    row = scene.draft(scene.codes_to_segment())
    version = row.row_version
    draft.store(session, row.id, draft.working(row), version - 1, ANN)

    assert row.row_version == version


def test_two_tabs_cannot_overwrite_each_other(scene: Scene, session: Session) -> None:
    row = scene.draft()
    seen = row.row_version
    draft.store(session, row.id, Spec(trigger="manual"), seen, BO)

    with pytest.raises(Stale, match="Bo changed Untitled 1"):
        draft.store(session, row.id, Spec(trigger="segment_left"), seen, ANN)
    assert draft.working(row).trigger == "manual"


def test_every_change_is_in_the_audit_trail(scene: Scene, session: Session) -> None:
    row = scene.draft()
    draft.store(session, row.id, Spec(trigger="manual"), row.row_version, ANN)
    mine = Audit.subject == outside(Prefix.DISTRIBUTION, row.id)
    last = session.scalars(select(Audit).where(Audit.command == "edit distribution", mine)).one()

    assert (last.actor_name, last.before, last.after) == ("Ann", {"trigger": ""}, {"trigger": "manual"})


def test_a_duplicate_is_a_draft_with_everything_but_the_time(scene: Scene, session: Session) -> None:
    spec = scene.codes_to_segment(chosen_at="2026-12-24T09:00", chosen_zone="Europe/London")
    row = scene.scheduled(spec)
    copies = [draft.duplicate(session, row.id, BO) for _ in range(2)]

    assert [c.name for c in copies] == [f"{row.name} copy", f"{row.name} copy 2"]
    assert all(c.status == "draft" and c.version == 0 for c in copies)
    assert draft.working(copies[0]) == replace(spec, chosen_at="", chosen_zone="")


def test_a_deleted_draft_can_be_brought_back_as_it_was(scene: Scene, session: Session) -> None:
    spec = scene.codes_to_segment()
    row = scene.draft(spec, name="Christmas")
    id = row.id
    draft.delete(session, id, ANN)
    assert session.get(Distribution, id) is None

    back = draft.restore(session, id, ANN)

    assert (back.id, back.name, draft.working(back)) == (id, "Christmas", spec)


def test_a_deleted_draft_comes_back_under_a_free_name(scene: Scene, session: Session) -> None:
    row = scene.draft(name="Christmas")
    draft.delete(session, row.id, ANN)
    scene.draft(name="Christmas")

    assert draft.restore(session, row.id, ANN).name == "Christmas 2"


def test_what_was_launched_cannot_be_deleted_or_typed_over(scene: Scene, session: Session) -> None:
    row = scene.scheduled()

    with pytest.raises(NotNow, match="Only drafts can be deleted: it is scheduled"):
        draft.delete(session, row.id, ANN)
    with pytest.raises(NotNow, match="Press Edit first"):
        draft.store(session, row.id, Spec(), row.row_version, ANN)
