"""Every trigger in the wizard, those of the house and those that stand beside it in tests/triggers: chosen, asked, kept and told."""

import re
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.distributions.draft import store as draft
from domain.distributions.plan import names, sentence
from domain.journal.events import NewEvent, record
from domain.kernel.base import Prefix, outside
from domain.tables.distributions import Distribution, Version
from domain.triggers import catalogue
from domain.triggers.contract import Trigger
from tests.scenes import Scene
from tests.webapp.conftest import Browser
from tests.webapp.distributions.by_forms import send, url

MORE = ["birthday", "code_lent", "order_returned"]
CONTROLS = {
    "audience": 'value="audience:customer"',
    "segment_id": 'name="segment"',
    "trigger_campaign_id": 'name="trigger_campaign"',
    "event_schema_id": 'name="event"',
    "current_members": 'name="current_members"',
    "once_ever": 'name="once_ever"',
    "catch_up": 'name="catch_up"',
}
"""Field -> what stands on the page for it. A field that a trigger asks for and that is not here fails."""


def chosen(scene: Scene, field: str) -> tuple[dict[str, Any], Any]:
    """What a person sends for a field, and what the draft then holds."""
    switch: tuple[dict[str, Any], Any] = ({"asked": field, field: "1"}, True)
    if field == "segment_id":
        id = scene.segment("VIP").id
        return {"segment": outside(Prefix.SEGMENT, id)}, id
    if field == "trigger_campaign_id":
        id = scene.campaign("Spring").id
        return {"trigger_campaign": outside(Prefix.CAMPAIGN, id)}, id
    if field == "event_schema_id":
        id = scene.event().id
        return {"event": outside(Prefix.EVENT_SCHEMA, id)}, id
    return ({"do": "audience:customer"}, "customer") if field == "audience" else switch


def words(session: Session, row: Distribution) -> str:
    """The sentence of a draft."""
    spec = draft.working(row)
    return sentence.plain(sentence.phrases(spec, names.of(session, [spec])))


@pytest.mark.parametrize("key", [*catalogue.triggers(), *MORE])
def test_a_trigger_is_chosen_asks_its_fields_and_keeps_them(
    more_triggers: ModuleType, ann: Browser, scene: Scene, session: Session, key: str
) -> None:
    trigger: Trigger = more_triggers.triggers()[key]
    ann.post("/distributions")
    row = session.scalars(select(Distribution)).one()
    start = {"pace": "live" if trigger.live else "once", "trigger": key}

    send(ann, session, row, "trigger", "choose", **start)
    page = ann.get(url(row, "trigger")).text

    assert trigger.label in page
    assert (trigger.hint in page) == (trigger.live and "segment_id" not in trigger.asks), "it says whom it reaches"
    for field, control in CONTROLS.items():
        assert (control in page) == (field in trigger.asks), field
    for field in trigger.asks:
        sent, kept = chosen(scene, field)
        send(ann, session, row, "trigger", sent.pop("do", "save"), **start, **sent)
        session.refresh(row)
        assert getattr(draft.working(row), field) == kept, field
    for one in trigger.fields:
        before = words(session, row)
        other = one.choices[-1][0] if one.choices else str(one.number[1]) if one.number else "Something else"
        send(ann, session, row, "trigger", "save", **start, **{f"settings_{one.key}": other})
        session.refresh(row)
        assert one.label in page
        assert draft.working(row).typed_settings[one.key] == other
        assert words(session, row) != before, "the sentence says its settings"
    assert draft.working(row).trigger == key
    assert row.live == trigger.live

    called = {"segment": "VIP", "campaign": "Spring", "custom event": "cart_left"}
    lead, name = trigger.brief(draft.working(row), lambda noun, _: called[noun])
    actions = ann.get(url(row, "action")).text
    assert name in actions or lead.strip() in actions, "the rail says what was chosen"
    for action in more_triggers.actions().values():
        assert (f'id="action-{action.key}"' in actions) == (action.key in trigger.actions and not action.nothing_there(session))


def test_what_is_settled_elsewhere_is_a_link_in_the_list_and_nothing_to_choose(
    more_triggers: ModuleType, ann: Browser, scene: Scene, session: Session
) -> None:
    row = scene.draft()
    send(ann, session, row, "trigger", "choose", pace="live")
    page = ann.get(url(row, "trigger")).text

    assert re.search(r'<a class="choice" href="/campaigns">.*Pool below a threshold', page)
    assert 'value="low_pool"' not in page
    send(ann, session, row, "trigger", "choose", pace="live", trigger="low_pool")
    session.refresh(row)
    assert draft.working(row).trigger == "segment_entered"


def test_the_wizard_says_how_often_it_happened_lately(more_triggers: ModuleType, ann: Browser, scene: Scene, session: Session) -> None:
    wakes = more_triggers.trigger("order_returned").wakes
    record(session, [NewEvent(scene.dina.id, wakes, facts={"order": {"id": str(n), "status": "returned"}}) for n in range(3)])
    row = scene.draft()

    send(ann, session, row, "trigger", "choose", pace="live", trigger="order_returned")

    assert "It happened 3 times in the last 30 days." in ann.get(url(row, "trigger")).text
    assert "Order returned" in ann.get(f"/customers/{outside(Prefix.CUSTOMER, scene.dina.id)}").text
    assert "Order returned" in ann.get("/distributions?trigger=order_returned").text


def test_a_draft_and_a_live_one_that_cannot_be_read_leave_every_page_usable(ann: Browser, scene: Scene, session: Session) -> None:
    good, torn, live = scene.draft(name="Good"), scene.draft(name="Torn"), scene.live()
    torn.spec = {"schema": 99}
    live.spec = {"schema": 99}
    session.get_one(Version, (live.id, 1)).plan = {"schema": 99}
    session.flush()

    listed = ann.get("/distributions").text
    assert "Good" in listed
    assert "Torn" in listed
    assert "Cannot be read" in listed
    assert ann.get("/").status_code == 200
    assert ann.get(url(live)).status_code == 200
    for tab in ("versions", "deliveries", "why"):
        assert ann.get(url(live, tab)).status_code == 200, tab
    asked = ann.get(url(live, f"why?customer={outside(Prefix.CUSTOMER, scene.dina.id)}"))
    assert asked.status_code == 200
    page = ann.get(url(torn, "trigger?put-right"))
    assert page.status_code == 200
    assert "stored by a newer Largesse" in page.text
    assert send(ann, session, torn, "trigger", "choose", pace="once").status_code == 303
    assert good.name == "Good"
