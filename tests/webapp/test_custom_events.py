"""Custom events: made on their pages, reported by API, refused by name where they are not known or say something else."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.journal.events import EventKind
from domain.kernel.base import Prefix, outside
from domain.tables.journal import Event
from domain.tables.shop import EventSchema
from domain.workspace.api_keys.create import make
from tests.scenes import ANN, Scene
from tests.webapp.api.given import headers
from tests.webapp.conftest import Browser


@pytest.fixture
def scene(session: Session) -> Scene:
    return Scene(session)


def reported(ann: Browser, scene: Scene, name: str, **said: Any) -> Any:
    event = {"event": name, "customer": {"email": scene.dina.email}, "metadata": said}
    return ann.open("/v1/events", method="POST", json=event, headers=headers(make(scene.session, ANN, "Shop")))


def test_one_is_made_changed_and_taken_away_on_its_pages(ada: Browser, session: Session) -> None:
    assert "A custom event is something" in ada.get("/settings/events").text
    form = {"name": "cart_left", "fields-0-key": "product", "fields-0-type": "text", "fields-0-required": "y", "fields-1-key": ""}
    assert ada.post("/settings/events/new", data=form).status_code == 303
    one = session.scalars(select(EventSchema)).one()
    assert one.fields == [{"key": "product", "type": "text", "required": True}]
    assert "cart_left" in ada.get("/settings/events").text

    url = f"/settings/events/{outside(Prefix.EVENT_SCHEMA, one.id)}"
    changed = {"row_version": "1", "fields-0-key": "amount", "fields-0-type": "number"}
    assert 'value="product"' in ada.get(url).text
    assert ada.post(url, data=changed).status_code == 303
    assert ada.post(url, data=changed | {"fields-0-key": "other"}).status_code == 409
    session.refresh(one)
    assert one.fields == [{"key": "amount", "type": "number", "required": False}]
    assert ada.post(f"{url}/delete").status_code == 303
    assert session.scalars(select(EventSchema)).all() == []


def test_mistakes_come_back_with_what_was_typed(ada: Browser, session: Session) -> None:
    form = {"name": "", "fields-0-key": "1st", "fields-1-key": "same", "fields-2-key": "same"}
    answer = ada.post("/settings/events/new", data=form)

    assert answer.status_code == 422
    for words in ("Give the event the name", "“1st” cannot be a name here", "“same” is taken", 'value="1st"'):
        assert words in answer.text
    assert session.scalars(select(EventSchema)).all() == []


def test_an_event_is_taken_in_and_stands_in_the_timeline(ann: Browser, scene: Scene, session: Session) -> None:
    schema = scene.event()
    answer = reported(ann, scene, "cart_left", product="Rye loaf", amount=4.5)

    assert (answer.status_code, answer.json["type"], answer.json["metadata"]) == (200, "cart_left", {"product": "Rye loaf", "amount": 4.5})
    event = session.scalars(select(Event).where(Event.kind == EventKind.CUSTOM)).one()
    assert (event.customer_id, event.subject_id) == (scene.dina.id, schema.id)
    page = ann.get(f"/customers/{outside(Prefix.CUSTOMER, scene.dina.id)}").text
    assert "Event cart_left" in page
    assert "product: Rye loaf" in page


@pytest.mark.parametrize(
    ("name", "said", "words"),
    [
        ("cart_lost", {}, "“cart_lost” is not known. Add it under Settings, Custom events, before it is reported. There are: cart_left."),
        ("cart_left", {}, "metadata.product is missing"),
        ("cart_left", {"product": 3}, "metadata.product is a text, like"),
        ("cart_left", {"product": "x", "amount": "4"}, "metadata.amount is a number, like 12.5"),
        ("cart_left", {"product": "x", "colour": "red"}, "metadata.colour is nothing that “cart_left” says"),
    ],
)
def test_what_is_not_known_is_refused_with_the_remedy(
    ann: Browser, scene: Scene, session: Session, name: str, said: dict[str, Any], words: str
) -> None:
    scene.event()
    answer = reported(ann, scene, name, **said)

    assert answer.status_code == 400
    assert words in answer.json["details"]
    assert session.scalars(select(Event).where(Event.kind == EventKind.CUSTOM)).all() == []
