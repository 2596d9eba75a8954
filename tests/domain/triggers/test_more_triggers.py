"""A new trigger is one module: these stand in tests/triggers, and nothing else in the house knows of them."""

import datetime
import typing
import uuid
from dataclasses import replace
from types import ModuleType
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.distributions.control import launch, pause
from domain.distributions.draft.spec import Spec
from domain.distributions.plan import differences, names, sentence
from domain.distributions.plan.make_plan import plan
from domain.distributions.plan.plan import Plan
from domain.distributions.preview import preview
from domain.journal.events import EventKinds, NewEvent, record
from domain.sending.recipients import from_dates
from domain.tables.customers import Customer
from domain.tables.distributions import Version
from domain.tables.journal import Event
from domain.tables.stored_json import Unreadable
from domain.triggers.anniversaries import anniversaries
from domain.triggers.contract import Category
from domain.triggers.lately import how_often
from tests.domain.triggers.waiting import again, launchable, react, recipients
from tests.scenes import ANN, PLAIN_MAIL, Scene
from tests.webapp.conftest import Browser
from tests.webapp.distributions.test_wizard import send


def kind(catalogue: ModuleType, key: str) -> EventKinds:
    wakes = catalogue.trigger(key).wakes
    return typing.cast(EventKinds, wakes)


def order(catalogue: ModuleType, customer: Customer, number: str = "7", status: str = "returned") -> NewEvent:
    return NewEvent(customer.id, kind(catalogue, "order_returned"), facts={"order": {"id": number, "status": status, "amount": "42.00"}})


def test_they_stand_under_their_headings_in_the_order_of_these(more_triggers: ModuleType) -> None:
    found = list(more_triggers.entries().values())

    assert [one.key for one in found if one.key in {"birthday", "code_lent", "order_returned"}] == [
        "code_lent",
        "order_returned",
        "birthday",
    ]
    assert [one.category for one in found] == sorted([one.category for one in found], key=list(Category).index)


def test_an_order_returned_reaches_a_live_distribution_once(more_triggers: ModuleType, scene: Scene, session: Session) -> None:
    live = scene.live(launchable(scene, more_triggers.trigger("order_returned")))

    record(session, [order(more_triggers, scene.dina)])
    react(session)
    assert recipients(session, live.id) == [(scene.dina.id, "7:returned", "pending", "")]

    record(session, [order(more_triggers, scene.dina)])
    again(session)
    assert len(recipients(session, live.id)) == 1

    record(session, [order(more_triggers, scene.dina, "8"), order(more_triggers, scene.eli)])
    react(session)
    assert len(recipients(session, live.id)) == 3


def test_facts_that_a_trigger_does_not_understand_stop_nobody_else(more_triggers: ModuleType, scene: Scene, session: Session) -> None:
    live = scene.live(launchable(scene, more_triggers.trigger("order_returned")))
    odd = NewEvent(scene.eli.id, kind(more_triggers, "order_returned"), facts={"order": None})

    record(session, [odd, order(more_triggers, scene.dina)])
    react(session)

    assert {customer for customer, *_ in recipients(session, live.id)} == {scene.eli.id, scene.dina.id}


def test_a_holder_is_written_to_and_not_who_did_it(more_triggers: ModuleType, scene: Scene, session: Session) -> None:
    live = scene.live(launchable(scene, more_triggers.trigger("code_lent")))

    record(session, [NewEvent(scene.eli.id, kind(more_triggers, "code_lent"), facts={"holder_id": str(scene.dina.id)})])
    react(session)

    assert [customer for customer, *_ in recipients(session, live.id)] == [scene.dina.id]


def test_an_event_is_heard_by_those_whose_settings_fit_it(more_triggers: ModuleType, scene: Scene, session: Session) -> None:
    spec = launchable(scene, more_triggers.trigger("code_lent"))
    everywhere, shop = scene.live(spec), scene.live(replace(spec, typed_settings={"where": "shop"}))
    kinds = kind(more_triggers, "code_lent")

    facts: dict[uuid.UUID, dict[str, object]] = {scene.dina.id: {"where": "shop"}, scene.eli.id: {"where": "web"}, scene.finn.id: {}}
    record(session, [NewEvent(who, kinds, facts=some) for who, some in facts.items()])
    react(session)

    assert {who for who, *_ in recipients(session, shop.id)} == {scene.dina.id}, "facts that it does not understand are none"
    assert {who for who, *_ in recipients(session, everywhere.id)} == {scene.dina.id, scene.eli.id, scene.finn.id}


def test_its_words_and_variables_come_from_its_module(more_triggers: ModuleType, scene: Scene, session: Session) -> None:
    trigger = more_triggers.trigger("order_returned")
    words = {**PLAIN_MAIL, "text": "Order {{ order.id }}: {{ order.amount }}"}
    spec = Spec(trigger="order_returned", action="message", channels=(scene.channel(words),))

    assert not isinstance(plan(session, spec), list)
    said = sentence.plain(sentence.phrases(spec, names.of(session, [spec])))
    assert said == "Whenever an order is returned and the customer agreed to Offers and news, they get a message, by email."
    assert preview.of(session, spec, spec.channels[0], scene.dina).parts["text"].startswith("Order 1001: 42.00")
    record(session, [order(more_triggers, scene.dina)])
    assert how_often(session, trigger, spec) == 1


def test_what_is_settled_elsewhere_starts_nothing(more_triggers: ModuleType, scene: Scene, session: Session) -> None:
    found = plan(session, Spec(trigger="low_pool", action="message", channels=(scene.channel(PLAIN_MAIL),)))

    assert isinstance(found, list)
    assert [(m.step, m.field) for m in found] == [("trigger", "trigger")]


def born(session: Session, customer: Customer, day: datetime.date, zone: str = "") -> None:
    customer.birthdate, customer.time_zone = day, zone
    session.flush()


def test_a_birthday_reaches_a_live_distribution_once_a_year(more_triggers: ModuleType, scene: Scene, session: Session) -> None:
    live = scene.live(launchable(scene, more_triggers.trigger("birthday")))
    tomorrow = (scene.now + datetime.timedelta(days=1)).date()
    born(session, scene.dina, tomorrow.replace(year=1984) if (tomorrow.month, tomorrow.day) != (2, 29) else datetime.date(1984, 2, 29))
    assert from_dates.record_due(session) == 0

    scene.later(days=2)
    assert from_dates.record_due(session) == 1
    react(session)
    assert [(who, once) for who, once, *_ in recipients(session, live.id)] == [(scene.dina.id, f"birthdate:{tomorrow.year}")]

    assert from_dates.record_due(session) == 0
    again(session)
    scene.later(days=1)
    assert from_dates.record_due(session) == 0
    assert len(recipients(session, live.id)) == 1

    scene.later(days=366)
    assert from_dates.record_due(session) == 1
    react(session)
    assert len(recipients(session, live.id)) == 2


def test_a_setting_of_its_own_goes_from_the_form_to_the_day(
    more_triggers: ModuleType, ann: Browser, scene: Scene, session: Session
) -> None:
    """Chosen in the wizard, launched, and looked for by the clock; whoever waits with other settings hears nothing of it."""
    on_the_day = scene.live(launchable(scene, more_triggers.trigger("birthday")))
    row = scene.draft(launchable(scene, more_triggers.trigger("birthday")))
    send(ann, session, row, "trigger", "save", pace="live", trigger="birthday", settings_days_before="3")
    assert not isinstance(launch.launch(session, row.id, ANN), list)
    session.refresh(row)
    kept = session.get_one(Version, (row.id, row.version))
    assert Plan.from_json(kept.plan).settings == {"days_before": 3}
    assert kept.sentence.startswith("3 days before somebody has a birthday and agreed to Offers and news, they get ")
    day = (scene.now + datetime.timedelta(days=10)).date()
    born(session, scene.dina, day.replace(year=2000))

    scene.later(days=5)
    assert from_dates.record_due(session) == 0
    scene.later(days=3)
    assert from_dates.record_due(session) == 1
    react(session)
    assert [len(recipients(session, one.id)) for one in (row, on_the_day)] == [1, 0]
    assert session.scalars(select(Event.at).where(Event.kind == "customer.birthday")).one().date() == day - datetime.timedelta(days=3)

    scene.later(days=3)
    assert from_dates.record_due(session) == 1
    react(session)
    assert [len(recipients(session, one.id)) for one in (row, on_the_day)] == [1, 1]


def test_what_cannot_be_a_setting_is_a_mistake_with_its_remedy(more_triggers: ModuleType, scene: Scene, session: Session) -> None:
    said = "“Days before” is a whole number from 0 to 60."
    for typed in ("", "61", "-1", "²", "9" * 5_000):
        spec = replace(launchable(scene, more_triggers.trigger("birthday")), typed_settings={"days_before": typed})
        found = plan(session, spec)
        assert isinstance(found, list)
        assert [(one.step, one.field, one.text) for one in found] == [("trigger", "settings_days_before", said)]
        assert spec.settings == {"days_before": 0}, "words of the page go on with what is proposed"
    found = plan(session, replace(launchable(scene, more_triggers.trigger("code_lent")), typed_settings={"where": "moon"}))
    assert isinstance(found, list)
    assert [(one.field, one.text) for one in found] == [("settings_where", "Choose “Where” from the list.")]


def test_settings_are_stored_read_and_compared(more_triggers: ModuleType, scene: Scene, session: Session) -> None:
    spec = launchable(scene, more_triggers.trigger("birthday"))
    old, new = plan(session, spec), plan(session, replace(spec, typed_settings={"days_before": "7"}))
    assert isinstance(old, Plan)
    assert isinstance(new, Plan)

    assert Plan.from_json(new.as_json()) == new
    before = {key: value for key, value in old.as_json().items() if key != "settings"}
    assert Plan.from_json(before) == old, "a plan of before the setting is as it is proposed"
    told = [(one.what, one.before, one.after) for one in differences.between(old, new, names.of(session, [old, new]))]
    assert told == [("Days before", "0 days", "7 days")]
    for wrong in ("7", 99, None):
        with pytest.raises(Unreadable):
            Plan.from_json(new.as_json() | {"settings": {"days_before": wrong}})


def test_a_plan_whose_settings_cannot_be_read_is_paused_in_words(more_triggers: ModuleType, scene: Scene, session: Session) -> None:
    live = scene.live(launchable(scene, more_triggers.trigger("birthday")))
    kept = session.get_one(Version, (live.id, live.version))
    kept.plan = kept.plan | {"settings": {"days_before": "soon"}}
    born(session, scene.dina, (scene.now + datetime.timedelta(days=1)).date().replace(year=2000))

    scene.later(days=2)
    assert from_dates.record_due(session) == 1
    react(session)

    session.refresh(live)
    assert (live.status, live.pause_reason) == ("paused", "plan_broken")


def test_a_day_is_missed_neither_by_a_clock_that_was_away_nor_by_a_pause(more_triggers: ModuleType, scene: Scene, session: Session) -> None:
    live = scene.live(launchable(scene, more_triggers.trigger("birthday")))
    from_dates.record_due(session)
    pause.pause_by_person(session, live.id, ANN)
    soon = (scene.now + datetime.timedelta(days=3)).date()
    born(session, scene.dina, soon.replace(year=2000))

    scene.later(days=10)
    assert from_dates.record_due(session) == 1
    react(session)

    assert [(state, reason) for _, _, state, reason in recipients(session, live.id)] == [("skipped", "paused")]
    assert session.scalars(select(Event.at).where(Event.kind == "customer.birthday")).one().date() == soon


def test_nobody_waiting_means_nobody_looks_and_who_comes_later_gets_nothing_of_before(
    more_triggers: ModuleType, scene: Scene, session: Session
) -> None:
    born(session, scene.dina, scene.now.date().replace(year=2000))
    scene.later(days=2)
    assert from_dates.record_due(session) == 0

    scene.live(launchable(scene, more_triggers.trigger("birthday")))
    assert from_dates.record_due(session) == 0
    assert session.scalar(text("SELECT count(*) FROM events WHERE kind = 'customer.birthday'")) == 0


def test_how_often_a_day_came_lately_is_known_before_anybody_waits_for_it(
    more_triggers: ModuleType, scene: Scene, session: Session
) -> None:
    for customer, ago in ((scene.dina, 3), (scene.eli, 20), (scene.finn, 40)):
        born(session, customer, (scene.now - datetime.timedelta(days=ago)).date().replace(year=2000))

    assert how_often(session, more_triggers.trigger("birthday"), Spec(trigger="birthday")) == 2
    assert session.scalar(text("SELECT count(*) FROM events WHERE kind = 'customer.birthday'")) == 0


@pytest.mark.parametrize(
    ("birthdate", "zone", "at"),
    [
        (datetime.date(1984, 5, 3), "Pacific/Auckland", datetime.datetime(2026, 5, 3, 9, tzinfo=ZoneInfo("Pacific/Auckland"))),
        (datetime.date(1984, 5, 3), "Pacific/Honolulu", datetime.datetime(2026, 5, 3, 9, tzinfo=ZoneInfo("Pacific/Honolulu"))),
        (datetime.date(1984, 5, 3), "", datetime.datetime(2026, 5, 3, 9, tzinfo=ZoneInfo("Europe/London"))),
        (datetime.date(1984, 5, 3), "Nowhere/At_all", datetime.datetime(2026, 5, 3, 9, tzinfo=ZoneInfo("Europe/London"))),
        (datetime.date(1984, 2, 29), "", datetime.datetime(2026, 2, 28, 9, tzinfo=ZoneInfo("Europe/London"))),
        (datetime.date(1984, 2, 29), "", datetime.datetime(2028, 2, 29, 9, tzinfo=ZoneInfo("Europe/London"))),
        (datetime.date(1984, 1, 1), "Pacific/Kiritimati", datetime.datetime(2026, 1, 1, 9, tzinfo=ZoneInfo("Pacific/Kiritimati"))),
    ],
)
def test_a_day_begins_at_nine_where_the_customer_lives(
    scene: Scene, session: Session, birthdate: datetime.date, zone: str, at: datetime.datetime
) -> None:
    born(session, scene.dina, birthdate, zone)
    second = datetime.timedelta(seconds=1)

    def found(since: datetime.datetime, until: datetime.datetime) -> list[datetime.datetime]:
        return [one.at for one in anniversaries(session, Customer.birthdate, since, until)]

    assert found(at - second, at) == [at]
    assert found(at, at + second) == []
    assert found(at - datetime.timedelta(days=60), at + datetime.timedelta(days=60)) == [at]


def test_the_28_february_of_a_leap_year_is_not_the_day_of_the_29(scene: Scene, session: Session) -> None:
    born(session, scene.dina, datetime.date(1984, 2, 29))
    since, until = (datetime.datetime(2028, 2, day, 12, tzinfo=datetime.UTC) for day in (27, 28))

    assert list(anniversaries(session, Customer.birthdate, since, until)) == []


def test_who_is_born_today_has_no_birthday_yet(scene: Scene, session: Session) -> None:
    born(session, scene.dina, datetime.date(2026, 5, 3))
    since, until = datetime.datetime(2026, 5, 2, tzinfo=datetime.UTC), datetime.datetime(2026, 5, 5, tzinfo=datetime.UTC)

    assert list(anniversaries(session, Customer.birthdate, since, until)) == []


def test_the_flood_guard_and_the_circle_hold_for_them_too(more_triggers: ModuleType, scene: Scene, session: Session) -> None:
    live = scene.live(launchable(scene, more_triggers.trigger("order_returned")))
    live.ceiling_per_hour = 100
    session.flush()
    deep = NewEvent(scene.dina.id, kind(more_triggers, "order_returned"), facts={"order": {"id": "x", "status": "returned"}}, depth=9)

    record(session, [deep, *(order(more_triggers, scene.eli, str(n)) for n in range(150))])
    react(session)

    session.refresh(live)
    assert (live.status, live.pause_reason) == ("paused", "ceiling")
    assert [reason for _, once, _, reason in recipients(session, live.id) if once == "x:returned"] == ["loop"]


def test_a_launched_one_says_in_its_columns_what_it_waits_for(more_triggers: ModuleType, scene: Scene, session: Session) -> None:
    for trigger in more_triggers.triggers().values():
        spec = launchable(scene, trigger)
        row = scene.draft(spec)
        assert row.live == trigger.live
        assert not isinstance(launch.launch(session, row.id, ANN), list), trigger.key
        about = trigger.subject(spec)
        assert row.wakes_on == (trigger.wakes or "")
        assert (row.about_noun, row.about_id) == (about or ("", None))
