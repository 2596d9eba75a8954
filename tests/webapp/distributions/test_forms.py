"""The forms of the steps: what they read, what they refuse by name, what they leave as it was; and that each request plans once."""

import sys
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any

import pytest
from sqlalchemy.orm import Session

from domain.distributions.draft import store as draft
from domain.distributions.draft.spec import Spec
from domain.distributions.plan.make_plan import plan
from domain.kernel.base import Prefix, outside
from domain.tables.distributions import Distribution
from tests.scenes import Scene
from tests.webapp.conftest import Browser
from tests.webapp.distributions.by_forms import send, url

STEPS = ("trigger", "action", "channels", "summary")


def spec(session: Session, row: Distribution) -> Spec:
    session.refresh(row)
    return draft.working(row)


def plans(ask: Callable[[], Any]) -> int:
    """How often a plan is made while this is asked."""
    count = 0

    def look(frame: FrameType, event: str, _: Any) -> None:
        nonlocal count
        count += event == "call" and frame.f_code is plan.__code__

    sys.setprofile(look)
    try:
        ask()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("htmx", [False, True], ids=["without scripts", "with htmx"])
@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_planned_once_however_it_is_asked(ann: Browser, scene: Scene, session: Session, step: str, htmx: bool) -> None:
    row = scene.draft(scene.codes_to_segment())
    ask = ann.htmx if htmx else ann.get

    assert plans(lambda: ask(url(row, step))) == 1
    for do in ("next", "choose"):
        assert plans(lambda do=do: send(ann, session, row, step, do, htmx)) <= 1
    session.refresh(row)
    assert plans(lambda: ann.htmx(url(row, f"{step}?auto=1"), {"name": row.name, "row_version": row.row_version})) == 1
    assert plans(lambda: ann.htmx(url(row, step), {"name": "Another", "row_version": 0})) == 1


@pytest.mark.parametrize("ready", [True, False])
def test_a_launch_is_planned_once_whether_it_goes_or_not(ann: Browser, scene: Scene, session: Session, ready: bool) -> None:
    row = scene.draft(scene.codes_to_segment() if ready else scene.codes_to_segment(channels=()))
    session.refresh(row)

    assert plans(lambda: ann.post(url(row, "launch"), data={"name": row.name, "row_version": row.row_version})) == 1

    session.refresh(row)
    assert row.status == ("scheduled" if ready else "draft")


def test_what_an_edit_may_not_change_is_said_when_it_is_applied(ann: Browser, scene: Scene, session: Session) -> None:
    row = scene.scheduled()
    ann.post(url(row, "edit"))
    send(ann, session, row, "trigger", "choose", pace="live")
    session.refresh(row)

    answer = ann.post(url(row, "launch"), data={"name": row.name, "row_version": row.row_version})

    assert answer.status_code == 422
    assert "What is sent once cannot become live" in answer.text


@pytest.mark.parametrize(
    ("step", "name", "anchor"),
    [
        ("trigger", "segment", "segment_id"), ("trigger", "customer", "customer_id"), ("trigger", "pace", "pace"),
        ("action", "action", "action"), ("action", "campaign", "campaign_id"), ("action", "tier", "tier_id"),
        ("channels", "c1-permission", "c1-permission_id"), ("summary", "chosen_at", "chosen_at"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("text", ["nonsense", "seg_²", "cust_" + "0" * 31, "x" * 5000])
def test_what_cannot_be_read_is_refused_by_the_name_of_its_field(
    ann: Browser, scene: Scene, session: Session, step: str, name: str, anchor: str, text: str
) -> None:
    row = scene.draft(scene.codes_to_segment())

    answer = send(ann, session, row, step, "choose", **{name: text})

    assert answer.status_code == 422
    assert f'href="#{anchor}"' in answer.text


@pytest.mark.parametrize("place", ["²", "9" * 5000, "-1", "", "0-x"])
def test_a_row_of_the_field_map_at_no_place_is_left_alone(
    ann: Browser, scene: Scene, session: Session, cloud: ModuleType, place: str
) -> None:
    platform = scene.connection("Our cloud", "cloud")
    row = scene.draft(scene.codes_to_segment(channels=()))
    send(ann, session, row, "channels", f"add:{outside(Prefix.CONNECTION, platform.id)}:profiles")
    before = spec(session, row).channels

    answer = send(ann, session, row, "channels", "choose", **{f"c1-map-{place}-name": "X", f"c1-map-{place}-value": "y"})

    assert answer.status_code == 303
    assert spec(session, row).channels == before


def test_only_fields_of_the_channel_become_parts_of_its_message(ann: Browser, scene: Scene, session: Session) -> None:
    row = scene.draft(scene.codes_to_segment())

    send(ann, session, row, "channels", "choose", **{"c1-from_name": "Somebody else", "c1-field:CODE": "x", "c1-text": "a\r\nb"})

    parts = spec(session, row).channels[0].parts
    assert parts["text"] == "a\nb"
    assert not {"from_name", "field:CODE"} & set(parts)


def test_a_switch_that_did_not_stand_on_the_form_stays_as_it_is(ann: Browser, scene: Scene, session: Session) -> None:
    row = scene.draft(scene.entered(current_members=True, skip_holders=True))

    send(ann, session, row, "trigger", "choose", pace="live", trigger="segment_entered", asked="catch_up", catch_up="1")
    send(ann, session, row, "action", "choose", action="codes")
    now = spec(session, row)
    assert (now.current_members, now.catch_up, now.skip_holders, now.once_ever) == (True, True, True, None)

    send(ann, session, row, "trigger", "choose", asked=["current_members", "once_ever"])
    now = spec(session, row)
    assert (now.current_members, now.catch_up, now.once_ever) == (False, True, False)


def test_a_conflict_shows_the_name_that_was_typed_too(ann: Browser, scene: Scene, session: Session) -> None:
    row = scene.draft(scene.codes_to_segment())

    answer = ann.post(url(row, "action"), data={"name": "  Mine ", "row_version": 0, "action": "message"})

    assert answer.status_code == 409
    assert 'value="Mine"' in answer.text
    assert spec(session, row).action == "codes"


def test_what_cannot_be_stored_is_refused_by_name(ann: Browser, scene: Scene, session: Session) -> None:
    row = scene.draft(scene.codes_to_segment())
    before = spec(session, row)

    for step, fields in (("trigger", {"who": "di\0na"}), ("channels", {"c1-text": "Hi\0 there"}), ("summary", {"chosen_at": "\0"})):
        answer = send(ann, session, row, step, "choose", **fields)
        assert answer.status_code == 422
        assert f"“{next(iter(fields))}” has NUL (U+0000)" in answer.text

    assert spec(session, row) == before


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "do",
    ["map:name", "map:c1", "map:", "remove:c9", "add:", "add:conn_x:email", "audience:other", "segment:seg_x", "rules:remove:0.0", "::"],
)
def test_a_button_that_is_none_breaks_nothing(ann: Browser, scene: Scene, session: Session, step: str, do: str) -> None:
    row = scene.draft(scene.codes_to_segment())
    before = spec(session, row)

    assert send(ann, session, row, step, do).status_code in {200, 303}
    assert spec(session, row) == before
