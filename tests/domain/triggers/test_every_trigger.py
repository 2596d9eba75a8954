"""Every trigger, asked of what is found: its event reaches a live distribution through the door by which people make it happen, once."""

import ast
import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from domain.distributions.control import start
from domain.distributions.draft.spec import Spec
from domain.distributions.plan import check_channels, names, sentence
from domain.distributions.plan.make_plan import plan
from domain.distributions.plan.plan import Plan
from domain.incentives.ledger.publish import publish
from domain.journal.events import EventKind
from domain.kernel.base import Prefix, outside
from domain.messages.variables import VARIABLES
from domain.sending.recipients import from_audience
from domain.shop.orders.record import record
from domain.shop.orders.wanted import OrderWanted
from domain.tables.customers import Segment
from domain.tables.distributions import Distribution
from domain.tables.sending import Recipient
from domain.tables.shop import EventSchema
from domain.triggers import catalogue, own_settings
from domain.triggers.contract import Addresses, SettledElsewhere, Trigger
from domain.workspace.api_keys.create import make
from tests.domain.triggers.waiting import again, launchable, react, recipients
from tests.journeys.installation import ROOT
from tests.scenes import ANN, Scene
from tests.webapp.api.given import headers
from tests.webapp.conftest import Browser

DOMAIN = ROOT / "domain"
Door = Callable[[Browser, Scene, Distribution, Spec], TestResponse | None]


def sent(ann: Browser, scene: Scene, row: Distribution, spec: Spec) -> None:
    """The clock starts it when its time has come."""
    scene.later(minutes=11)
    start.start_due(scene.session)
    fan_out(scene.session, row)


def fan_out(session: Session, row: Distribution) -> None:
    session.execute(text("UPDATE distributions SET fanned_out_at = NULL, cursor = NULL WHERE id = :id"), {"id": row.id})
    while from_audience.make_page(session, row.id):
        pass


def entered(ann: Browser, scene: Scene, row: Distribution, spec: Spec) -> TestResponse:
    """Dina is put on the list, on its page."""
    segment = scene.session.get_one(Segment, spec.segment_id)
    form = {"name": segment.name, "row_version": str(segment.row_version), "paste": scene.dina.email, "react": "y"}
    return ann.post(f"/segments/{outside(Prefix.SEGMENT, segment.id)}/people", data=form)


def left(ann: Browser, scene: Scene, row: Distribution, spec: Spec) -> TestResponse:
    """Dina is put on the list and taken off."""
    assert entered(ann, scene, row, spec).status_code == 303
    form = {"member": outside(Prefix.CUSTOMER, scene.dina.id), "react": "y"}
    return ann.post(f"/segments/{chosen(Prefix.SEGMENT, spec.segment_id)}/remove", data=form)


def given(ann: Browser, scene: Scene, row: Distribution, spec: Spec) -> TestResponse:
    """Dina is given a code on her page."""
    form = {"campaign": chosen(Prefix.CAMPAIGN, spec.trigger_campaign_id)}
    return ann.post(f"/customers/{outside(Prefix.CUSTOMER, scene.dina.id)}/give", data=form)


def chosen(prefix: Prefix, id: uuid.UUID | None) -> str:
    """The id of what was chosen, as pages have it."""
    assert id is not None
    return outside(prefix, id)


def go_through(door: Door, ann: Browser, scene: Scene, row: Distribution, spec: Spec) -> None:
    """People do it, and the page takes it."""
    answer = door(ann, scene, row, spec)
    assert answer is None or answer.status_code in {200, 303}, answer.text


def ordered(ann: Browser, scene: Scene, row: Distribution, spec: Spec) -> TestResponse:
    """The shop reports an order of Dina's."""
    return reported(ann, scene, "new")


def an_order(**said: object) -> Door:
    """An order that was known before is reported with this."""

    def door(ann: Browser, scene: Scene, row: Distribution, spec: Spec) -> TestResponse:
        history = OrderWanted(source_id=f"of {row.id}", customer_id=scene.dina.id, amount=4200)
        record(scene.session, ANN, [history], react=False)
        return reported(ann, scene, f"of {row.id}", **said)

    return door


def reported(ann: Browser, scene: Scene, source_id: str, **said: object) -> TestResponse:
    """What a program sends."""
    order = {"source_id": source_id, "customer": {"email": scene.dina.email}} | said
    return ann.open("/v1/orders", method="POST", json=order, headers=headers(make(scene.session, ANN, "Shop")))


def told(ann: Browser, scene: Scene, row: Distribution, spec: Spec) -> TestResponse:
    """A program reports the event of Dina."""
    name = scene.session.get_one(EventSchema, spec.event_schema_id).name
    event = {"event": name, "customer": {"email": scene.dina.email}, "metadata": {"product": "loaf"}}
    return ann.open("/v1/events", method="POST", json=event, headers=headers(make(scene.session, ANN, "Shop")))


def redeemed(ann: Browser, scene: Scene, row: Distribution, spec: Spec) -> TestResponse:
    """The shop redeems a code that Dina holds."""
    assert spec.trigger_campaign_id is not None
    given = publish(scene.session, spec.trigger_campaign_id, scene.dina.id)
    body = {"redeemables": [{"object": "voucher", "id": given.code}], "customer": {"email": scene.dina.email}}
    return ann.open("/v1/redemptions", method="POST", json=body, headers=headers(make(scene.session, ANN, "Shop")))


def rolled_back(ann: Browser, scene: Scene, row: Distribution, spec: Spec) -> TestResponse:
    """… and takes it back."""
    (one,) = redeemed(ann, scene, row, spec).json["redemptions"]
    key = headers(make(scene.session, ANN, "Shop"))
    return ann.open(f"/v1/redemptions/{one['id']}/rollback", method="POST", json={}, headers=key)


DOORS: dict[str, Door] = {
    "redeemed": redeemed,
    "redemption_rolled_back": rolled_back,
    "manual": sent,
    "segment_entered": entered,
    "segment_left": left,
    "published": given,
    "event_reported": told,
    "order_created": ordered,
    "order_updated": an_order(amount=5000),
    "order_paid": an_order(status="PAID"),
    "order_fulfilled": an_order(status="FULFILLED"),
    "order_canceled": an_order(status="CANCELED"),
}
"""How people make its event happen: a page or an operation of the API, no function of the domain. A trigger without a row here fails."""
HAPPENS_WITH = {"redeemed": {"redemption_rolled_back"}, "order_updated": {"order_paid", "order_fulfilled", "order_canceled"}}
"""Trigger -> those whose doors make its event happen, too: an order that comes to a status has changed."""


@pytest.mark.parametrize("trigger", catalogue.triggers().values(), ids=lambda one: one.key)
class TestEvery:
    def test_its_event_reaches_one_recipient_and_again_none_more(
        self, trigger: Trigger, ann: Browser, scene: Scene, session: Session
    ) -> None:
        spec = launchable(scene, trigger)
        row = scene.scheduled(spec)
        assert recipients(session, row.id) == []

        go_through(DOORS[trigger.key], ann, scene, row, spec)
        react(session)
        assert [(customer, state, reason) for customer, _, state, reason in recipients(session, row.id)] == [(scene.dina.id, "pending", "")]
        brought = session.scalars(select(Recipient.facts).where(Recipient.distribution_id == row.id)).one()
        for variable in trigger.variables:
            noun, _, name = variable.path.partition(".")
            assert name in (brought or {})[noun], f"its event brings no {variable.path}"

        again(session)
        if not trigger.live:
            fan_out(session, row)
        assert len(recipients(session, row.id)) == 1

    def test_something_else_does_not_wake_it(self, trigger: Trigger, ann: Browser, scene: Scene, session: Session) -> None:
        spec = launchable(scene, trigger)
        row = scene.scheduled(spec)

        own = set() if trigger.particular else {trigger.key, *HAPPENS_WITH.get(trigger.key, ())}
        for key, door in DOORS.items():
            other = launchable(scene, catalogue.triggers()[key])
            if key not in {"manual", *own}:
                go_through(door, ann, scene, scene.scheduled(other), other)
        react(session)

        assert recipients(session, row.id) == []

    def test_it_can_fire(self, trigger: Trigger, scene: Scene, session: Session) -> None:
        """A person starts it, the clock finds its days, or somebody records its event."""
        if trigger.wakes is None:
            assert trigger.addresses is Addresses.CHOSEN
        else:
            assert trigger.wakes.wakes, "its kind leaves no work for live distributions"
            assert trigger.due is not None or trigger.wakes in recorded(), "nobody records its event"

    def test_its_record_stands_where_its_key_and_category_say(self, trigger: Trigger, scene: Scene, session: Session) -> None:
        assert (DOMAIN / "triggers" / trigger.category.name.lower() / f"{trigger.key}.py").exists()
        assert trigger.actions
        assert set(trigger.actions) <= set(catalogue.actions())
        assert f'id="{trigger.icon}"' in (ROOT / "static" / "icons.svg").read_text()

    def test_its_sentence_its_brief_and_its_mistakes_are_words(self, trigger: Trigger, scene: Scene, session: Session) -> None:
        spec = launchable(scene, trigger)
        made = plan(session, spec)
        assert isinstance(made, Plan), made
        called = names.of(session, [spec])

        assert list(own_settings.mistakes(trigger, {})) == [], "what its fields propose is right"
        assert sentence.plain(sentence.phrases(made, called)) == sentence.plain(sentence.phrases(spec, called))
        lead, name, gives = sentence.brief(spec, called)
        assert lead[:1].isupper()
        assert name
        assert gives.startswith(": ")
        for _, wrong in trigger.mistakes(session, Spec(trigger=trigger.key)):
            assert wrong.endswith(".")
        if trigger.particular:
            assert list(trigger.mistakes(session, Spec(trigger=trigger.key))), "nothing chosen, and it does not say so"

    def test_what_it_brings_can_be_written_and_seen(self, trigger: Trigger, scene: Scene, session: Session) -> None:
        known = {variable.path for variable in check_channels.known(session, launchable(scene, trigger))}
        for noun in trigger.facts:
            assert {variable.path for variable in VARIABLES if variable.needs == noun and not variable.by_kind} <= known, noun
        for variable in trigger.variables:
            noun, _, name = variable.path.partition(".")
            assert name in trigger.sample[noun], f"previews have no {variable.path}"

    def test_it_has_its_page(self, trigger: Trigger, scene: Scene, session: Session) -> None:
        page = ROOT / "docs" / "using" / "triggers" / f"{trigger.key}.md"

        assert page.read_text().startswith(f"# {trigger.label}\n")
        assert f"(triggers/{trigger.key}.md)" in (ROOT / "docs" / "using" / "distributions.md").read_text()


ELSEWHERE = [one for one in catalogue.entries().values() if one.key not in catalogue.triggers()]


@pytest.mark.parametrize("entry", ELSEWHERE, ids=lambda one: one.key)
def test_what_is_set_elsewhere_has_its_place_and_its_page(entry: SettledElsewhere) -> None:
    assert (DOMAIN / "triggers" / entry.category.name.lower() / f"{entry.key}.py").exists()
    assert (ROOT / "webapp" / entry.leads_to).is_dir()
    assert f'id="{entry.icon}"' in (ROOT / "static" / "icons.svg").read_text()
    assert (ROOT / "docs" / "using" / "triggers" / f"{entry.key}.md").read_text().startswith(f"# {entry.label}\n")
    assert f"(triggers/{entry.key}.md)" in (ROOT / "docs" / "using" / "distributions.md").read_text()


def recorded() -> set[str]:
    """Kinds of events that somebody in the domain records: names them, and not to compare with them."""
    found = set()
    for path in sorted(DOMAIN.rglob("*.py")):
        if DOMAIN / "triggers" in path.parents or path == DOMAIN / "journal" / "events.py":
            continue
        tree = ast.parse(path.read_text())
        compared = {id(one) for node in ast.walk(tree) if isinstance(node, ast.Compare) for one in ast.walk(node)}
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "EventKind"
                and id(node) not in compared
            ):
                found.add(str(EventKind[node.attr]))
    return found


def test_every_door_leads_to_a_trigger() -> None:
    assert set(DOORS) == set(catalogue.triggers())


def test_every_kind_that_wakes_is_waited_for_by_some_trigger() -> None:
    """Work that nobody can ever want is not left."""
    assert {kind for kind in EventKind if kind.wakes} == {trigger.wakes for trigger in catalogue.triggers().values() if trigger.wakes}
