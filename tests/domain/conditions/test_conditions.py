"""The language of conditions: Python and PostgreSQL give the same answer, mistakes are told in words, sentences can be read aloud."""

import datetime
import json
import uuid
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Text, cast, insert, select, text
from sqlalchemy.orm import Session

from domain import conditions
from domain.conditions.facts import EvaluationTime, Fact, Type
from domain.conditions.operators import operators
from domain.conditions.values import from_json
from domain.customers.facts.catalogue import ABOUT
from domain.kernel.base import new_id
from domain.kernel.text.folding import fold
from domain.tables.customers import Customer
from webapp.segments.condition_form import from_condition, to_condition

pytestmark = pytest.mark.every_locale

ZONES = ("UTC", "Europe/Warsaw", "America/Sao_Paulo", "Pacific/Auckland")
OWN = tuple(
    Fact(f"metadata.{type}", type.capitalize(), type, "Own", from_json(Customer.details[str(type)], type))
    for type in (Type.TEXT, Type.NUMBER, Type.BOOLEAN, Type.DATE, Type.DATETIME)
)
FACTS = {fact.key: fact for fact in (*ABOUT, *OWN)}

letters = st.text(st.sampled_from("abBcäÄßΣςσİıñÑ %_\\'*(.0"), max_size=5)
words = st.one_of(letters, st.sampled_from(["", "Bristol", "bristol", "BATH", "abc", "18", "true", "null"]))
near = st.dates(datetime.date(2024, 2, 20), datetime.date(2024, 3, 10))
dates = st.one_of(near, st.dates(datetime.date(1900, 1, 1), datetime.date(2199, 12, 30)))
half_past = datetime.timezone(datetime.timedelta(hours=-5, minutes=-30))
times = st.datetimes(
    datetime.datetime(2024, 2, 20), datetime.datetime(2024, 3, 10), timezones=st.sampled_from([datetime.UTC, half_past])
)  # fmt: skip
numbers = st.one_of(st.integers(-20, 20), st.sampled_from([0.1, -0.5, 1e-7, 12.75, 1e15, 10_000, 1e300]))
odd_dates = st.sampled_from([
    "2023-02-29", "2024-02-30", "2024-13-01", "2024-2-1", "0000-01-01", "yesterday", "2024-02-28T10:00:00", "2024-02-28T10:00:00Z",
    "2024-02-28T23:30+02:00", "2024-02-28T10:00:00.5Z", "2024-02-28T24:00:00Z", "2024-02-29T23:59:59.123456-12:00", "20240229",
    "2024-02-29\n",
])  # fmt: skip
anything = st.one_of(
    st.none(), st.booleans(), numbers, words, dates.map(str), times.map(datetime.datetime.isoformat), odd_dates,
    st.lists(st.integers(), max_size=2), st.just({"a": 1}),
)  # fmt: skip


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    fitting = {
        "text": words,
        "number": numbers,
        "boolean": st.booleans(),
        "date": dates.map(str),
        "datetime": times.map(datetime.datetime.isoformat),
    }
    metadata = {key: draw(st.one_of(good, anything)) for key, good in fitting.items() if draw(st.integers(0, 9))}
    return {
        "id": new_id(), "updated_by": "", "row_version": 1, "updated_at": datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC),
        "created_at": draw(times), "birthdate": draw(st.one_of(st.none(), dates, st.just(datetime.date(2000, 2, 29)))),
        "source_id": draw(st.one_of(st.none(), st.uuids().map(str))), "email": draw(words), "phone": draw(words),
        "typed_name": draw(words), "typed_first_name": draw(st.sampled_from(["", "Ana María", "É"])), "typed_last_name": draw(words),
        "email_hash": "", "phone_hash": "", "line1": draw(words), "line2": "", "city": draw(words), "country": draw(words),
        "region": draw(words), "postal_code": draw(words), "locale": draw(words), "time_zone": draw(words), "details": metadata,
    }  # fmt: skip


@st.composite
def leaf(draw: st.DrawFn) -> dict[str, Any]:
    fact = draw(st.sampled_from(list(FACTS.values())))
    found = draw(st.sampled_from(operators(fact)))
    good = {
        Type.TEXT: words.filter(str.strip), Type.NUMBER: numbers.filter(lambda n: abs(n) <= 1e15), Type.BOOLEAN: st.booleans(),
        Type.DATE: dates.map(str), Type.DATETIME: dates.map(str),
    }[fact.type]  # fmt: skip
    value: Any = None
    match found.takes:
        case "one":
            value = draw(good)
        case "many":
            value = draw(st.lists(good.filter(lambda v: not isinstance(v, str) or not set(v) & set(",;\n")), min_size=1, max_size=4))
        case "two":
            value = sorted(draw(st.tuples(good, good)))
        case "days":
            value = draw(st.integers(0, 40))
    return {"fact": fact.key, "is": found.key} | ({} if value is None else {"value": value})


trees = st.recursive(
    leaf(),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda c: {"all": c}),
        st.lists(inner, min_size=1, max_size=3).map(lambda c: {"any": c}),
        inner.map(lambda c: {"not": c}),
    ),
    max_leaves=5,
)
instants = [
    datetime.datetime(2024, 2, 28, 23, 30),
    datetime.datetime(2024, 2, 29, 11),
    datetime.datetime(2024, 3, 1, 3),
    datetime.datetime(2025, 12, 31, 23, 59),
    datetime.datetime(2026, 3, 29, 1),
]
moments = st.tuples(st.sampled_from(instants), st.sampled_from(ZONES))
relaxed = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


def _add(session: Session, people: list[dict[str, Any]]) -> dict[uuid.UUID, dict[str, Any]]:
    """Insert them; what PostgreSQL makes of it: their metadata as it writes it, and their names."""
    session.execute(insert(Customer), people)
    names = Customer.name, Customer.first_name, Customer.last_name
    stored = select(Customer.id, cast(Customer.details, Text).label("metadata"), *names).where(Customer.id.in_([p["id"] for p in people]))
    return {
        row["id"]: {f"metadata.{key}": value for key, value in json.loads(row["metadata"]).items()}
        | {f"customer.{name.key}": row[name.key] for name in names}
        for row in session.execute(stored).mappings()
    }


def _values(row: dict[str, Any], made: dict[str, Any]) -> dict[str, Any]:
    return {"suppressed": False} | {f"customer.{k}": v for k, v in row.items()} | made


@given(st.lists(rows(), min_size=1, max_size=8), st.lists(trees, min_size=1, max_size=6), moments)
@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_python_and_postgresql_agree_on_any_condition_and_any_row(session: Session, people, some_trees, when) -> None:
    moment = EvaluationTime(when[0].replace(tzinfo=datetime.UTC), ZoneInfo(when[1]))
    with session.begin_nested() as undo:
        stored = _add(session, people)
        for written in some_trees:
            if conditions.mistakes(written, FACTS):
                continue
            tree = conditions.saved(written, FACTS)
            assert conditions.saved(tree, FACTS) == tree, "saving twice changes nothing"

            in_sql = set(session.scalars(select(Customer.id).where(Customer.id.in_(stored), conditions.where(tree, FACTS, moment))))
            in_python = {p["id"] for p in people if conditions.holds(tree, _values(p, stored[p["id"]]), FACTS, moment)}

            assert in_sql == in_python, (tree, [p for p in people if p["id"] in in_sql ^ in_python])
            for person in people:
                seen = conditions.explain(tree, _values(person, stored[person["id"]]), FACTS, moment)
                assert seen.holds == (person["id"] in in_python)
        undo.rollback()


@given(trees, moments, st.integers(1, 70), st.lists(rows(), min_size=1, max_size=8))
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_nobody_changes_sides_by_time_alone_without_being_crossed(session: Session, tree, when, later: int, people) -> None:
    zone = ZoneInfo(when[1])
    start = EvaluationTime(when[0].replace(tzinfo=datetime.UTC), zone)
    end = EvaluationTime(start.now + datetime.timedelta(hours=7 * later), zone)
    if conditions.mistakes(tree, FACTS):
        return
    tree = conditions.saved(tree, FACTS)
    with session.begin_nested() as undo:
        _add(session, people)
        among = Customer.id.in_([p["id"] for p in people])

        before = set(session.scalars(select(Customer.id).where(among, conditions.where(tree, FACTS, start))))
        after = set(session.scalars(select(Customer.id).where(among, conditions.where(tree, FACTS, end))))
        crossing = conditions.crossing(tree, FACTS, start, end)
        crossed = set() if crossing is None else set(session.scalars(select(Customer.id).where(among, crossing)))

        assert before ^ after <= crossed
        if before != after:
            assert conditions.moves(tree, FACTS)
            assert conditions.next_change(tree, FACTS, start) <= end.now
        undo.rollback()


MOVING = [(fact, o) for fact in ("customer.birthdate", "metadata.datetime") for o in operators(FACTS[fact]) if o.span is not None]


@pytest.mark.parametrize(("fact", "found"), MOVING, ids=[f"{fact}-{o.key}" for fact, o in MOVING])
@pytest.mark.parametrize("later", [1, 2, 12, 40])
def test_a_span_that_moves_crosses_exactly_those_who_change_sides(session: Session, fact: str, found: Any, later: int) -> None:
    start = EvaluationTime(datetime.datetime(2024, 2, 27, 12, tzinfo=datetime.UTC), ZoneInfo("Pacific/Auckland"))
    end = EvaluationTime(start.now + datetime.timedelta(days=later), start.zone)
    stamp = {"created_at": start.now, "updated_at": start.now, "row_version": 1}
    around = [datetime.datetime(2024, 1, 1, 9, tzinfo=datetime.UTC) + datetime.timedelta(days=n) for n in range(120)]
    session.execute(
        insert(Customer), [stamp | {"id": new_id(), "birthdate": d.date(), "details": {"datetime": d.isoformat()}} for d in around]
    )
    tree = {"fact": fact, "is": found.key} | ({"value": 3} if found.takes == "days" else {})

    before, after = (set(session.scalars(select(Customer.id).where(conditions.where(tree, FACTS, m)))) for m in (start, end))
    crossing = conditions.crossing(tree, FACTS, start, end)
    assert crossing is not None
    crossed = set(session.scalars(select(Customer.id).where(crossing)))

    assert before ^ after <= crossed
    if later == 1:
        assert crossed == before ^ after


def test_values_are_folded_as_postgresql_does_it(session: Session) -> None:
    sample = "".join(chr(c) for c in range(1, 0x600)) + "ẞΣΑΣ"
    assert session.scalar(text("SELECT largesse_fold(:t)"), {"t": sample}) == fold(sample)


def _holds(tree: dict[str, Any], **values: Any) -> bool:
    moment = EvaluationTime(datetime.datetime(2026, 3, 10, 12, tzinfo=datetime.UTC), ZoneInfo("UTC"))
    return conditions.holds(conditions.saved(tree, FACTS), {f"metadata.{k}": v for k, v in values.items()}, FACTS, moment)


def test_is_not_includes_those_who_have_none() -> None:
    assert _holds({"fact": "metadata.text", "is": "is_not", "value": "x"})
    assert not _holds({"fact": "metadata.text", "is": "is", "value": "x"})
    assert _holds({"fact": "metadata.text", "is": "unknown"})
    assert not _holds({"fact": "metadata.text", "is": "has_value"})


def test_a_boolean_is_no_number_and_a_text_of_digits_neither() -> None:
    more = {"fact": "metadata.number", "is": "more_than", "value": 0}
    assert _holds(more, number=1)
    assert not _holds(more, number=True)
    assert not _holds(more, number="18")
    assert _holds({"fact": "metadata.number", "is": "unknown"}, number="18")


@pytest.mark.parametrize(
    ("how", "value", "day", "answer"),
    [
        ("more_than_ago", 30, "2026-02-07", True), ("more_than_ago", 30, "2026-02-08", False),
        ("less_than_ago", 2, "2026-03-09", True), ("less_than_ago", 2, "2026-03-08", False), ("less_than_ago", 2, "2026-03-11", False),
        ("days_ago", 1, "2026-03-09", True), ("days_ago", 1, "2026-03-10", False),
        ("less_than_future", 7, "2026-03-17", True), ("less_than_future", 7, "2026-03-18", False),
        ("less_than_future", 7, "2026-03-09", False),
        ("more_than_future", 7, "2026-03-18", True), ("more_than_future", 7, "2026-03-17", False),
        ("days_in_future", 1, "2026-03-11", True), ("days_in_future", 1, "2026-03-12", False),
        ("this_month", None, "1980-03-31", True), ("this_month", None, "1980-04-01", False),
        ("next_month", None, "1980-04-30", True), ("next_month", None, "1980-05-01", False),
        ("anniversary_today", None, "1980-03-10", True), ("anniversary_within", 5, "1980-03-15", True),
        ("anniversary_within", 5, "1980-03-16", False),
        ("between", ["2026-03-01", "2026-03-10"], "2026-03-10", True), ("between", ["2026-03-01", "2026-03-10"], "2026-03-11", False),
        ("more_than_equal", "2026-03-10", "2026-03-10", True), ("after", "2026-03-10", "2026-03-10", False),
        ("less_than_equal", "2026-03-10", "2026-03-10", True), ("before", "2026-03-10", "2026-03-10", False),
    ],
)  # fmt: skip
def test_dates_are_days(how: str, value: Any, day: str, answer: bool) -> None:
    tree = {"fact": "metadata.date", "is": how} | ({} if value is None else {"value": value})
    assert _holds(tree, date=day) is answer


def test_a_birthday_on_29_february_is_on_the_28th(session: Session) -> None:
    born = {"metadata.date": "2000-02-29"}
    now = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
    session.execute(insert(Customer), [{"id": new_id(), "details": {"date": "2000-02-29"}, "created_at": now, "updated_at": now}])
    tree = {"fact": "metadata.date", "is": "anniversary_today"}
    for year, day, answer in ((2023, 28, True), (2024, 28, True), (2024, 29, False)):
        moment = EvaluationTime(datetime.datetime(year, 2, day, 12, tzinfo=datetime.UTC), ZoneInfo("UTC"))
        assert conditions.holds(tree, born, FACTS, moment) is answer
        assert bool(session.scalar(select(Customer.id).where(conditions.where(tree, FACTS, moment)))) is answer


def test_a_day_begins_in_the_zone() -> None:
    tree = conditions.saved({"fact": "metadata.datetime", "is": "is", "value": "2026-03-10"}, FACTS)
    late = {"metadata.datetime": "2026-03-09T23:30:00Z"}
    now = datetime.datetime(2026, 3, 20, tzinfo=datetime.UTC)
    assert conditions.holds(tree, late, FACTS, EvaluationTime(now, ZoneInfo("Europe/Warsaw")))
    assert not conditions.holds(tree, late, FACTS, EvaluationTime(now, ZoneInfo("UTC")))


@pytest.mark.parametrize(
    ("node", "says"),
    [
        ({"fact": "metadata.shoe", "is": "is", "value": 1}, "Nothing is known about “shoe”"),
        ({"fact": "", "is": "", "value": ""}, "Choose what this condition is about"),
        ({"fact": "metadata.number", "is": "contains", "value": "x"}, "Choose how “Number” is compared"),
        ({"fact": "metadata.number", "is": "more_than", "value": "lots"}, "“lots” is not a number. Write it like"),
        ({"fact": "metadata.number", "is": "more_than", "value": "1,000"}, "could be 1000 or 1: the sign in it"),
        ({"fact": "metadata.number", "is": "more_than", "value": "1_000"}, "not a number"),
        ({"fact": "metadata.number", "is": "more_than", "value": "NaN"}, "not a number"),
        ({"fact": "metadata.number", "is": "more_than", "value": float("inf")}, "not a number"),
        ({"fact": "metadata.number", "is": "more_than", "value": 10**400}, "15 digits are the most"),
        ({"fact": "metadata.number", "is": "more_than", "value": True}, "not a number"),
        ({"fact": "metadata.number", "is": "between", "value": ["9", "3"]}, "Swap them"),
        ({"fact": "metadata.number", "is": "between", "value": ["9", ""]}, "Fill in both ends"),
        ({"fact": "customer.city", "is": "is", "value": "  "}, "A value is missing"),
        ({"fact": "customer.city", "is": "in", "value": " , ;\n"}, "at least one value"),
        ({"fact": "customer.city", "is": "in", "value": ",".join(map(str, range(201)))}, "These are 201 values; 200 are the most"),
        ({"fact": "metadata.number", "is": "in", "value": "12,50"}, "“12,50” could be one number or several"),
        ({"fact": "metadata.number", "is": "not_in", "value": "1,2,3"}, "could be one number or several"),
        ({"fact": "metadata.number", "is": "in", "value": "1,000; 7"}, "could be 1000 or 1"),
        ({"fact": "metadata.date", "is": "before", "value": "31/12/2026"}, "is not a date. Write it like"),
        ({"fact": "metadata.date", "is": "before", "value": "9999-12-31"}, "out of reach"),
        ({"fact": "metadata.date", "is": "more_than_ago", "value": "-3"}, "number of days"),
        ({"fact": "metadata.boolean", "is": "is", "value": "perhaps"}, "yes or no"),
    ],
)  # fmt: skip
def test_nonsense_is_told_in_words_beside_its_leaf(node: dict[str, Any], says: str) -> None:
    good = {"fact": "customer.city", "is": "is", "value": "Bath"}

    found = conditions.mistakes({"all": [good, {"any": [good, node]}]}, FACTS)

    assert [wrong.path for wrong in found] == ["1.1"]
    assert says in found[0].text


@pytest.mark.parametrize(
    ("said", "kept"), [("1.000,50", 1000.5), ("12,5", 12.5), ("1 250", 1250), (" -3 ", -3), (1.234, 1.234), (1e-7, 1e-7), (1e15, 10**15)]
)
def test_a_number_is_read_as_in_every_other_form(said: object, kept: float) -> None:
    leaf = conditions.saved({"fact": "metadata.number", "is": "more_than", "value": said}, FACTS)

    assert leaf["value"] == kept
    (again,) = from_condition(leaf, FACTS).children
    assert conditions.saved(to_condition(again, FACTS, {}), FACTS) == leaf


@pytest.mark.parametrize(
    ("said", "kept"),
    [("12,50; 13", [12.5, 13]), ("12, 50", [12, 50]), ("12,50, 7", [12.5, 7]), ("1\n2\n", [1, 2]), ("3,", [3]), ([1, 2.5], [1, 2.5])],
)
def test_a_comma_between_digits_parts_no_numbers(said: object, kept: list[float]) -> None:
    leaf = conditions.saved({"fact": "metadata.number", "is": "in", "value": said}, FACTS)

    assert leaf["value"] == kept
    (again,) = from_condition(leaf, FACTS).children
    assert conditions.saved(to_condition(again, FACTS, {}), FACTS) == leaf


def test_empty_groups_and_deep_nests_are_mistakes() -> None:
    assert conditions.mistakes({"all": []}, FACTS)[0].text.startswith("This group is empty")
    deep: dict[str, Any] = {"fact": "customer.city", "is": "is", "value": "Bath"}
    for _ in range(6):
        deep = {"all": [deep]}
    assert "nested more than" in conditions.mistakes(deep, FACTS)[0].text
    many = {"all": [{"fact": "customer.city", "is": "unknown"}] * 101}
    assert "101 conditions" in conditions.mistakes(many, FACTS)[0].text


def test_a_saved_condition_is_folded_once_and_remembers_what_was_written() -> None:
    tree = conditions.saved({"all": [{"fact": "customer.city", "is": "in", "value": "Bristol; Bath\nBATH , bristol"}]}, FACTS)
    one = tree["all"][0]
    assert one["value"] == ["bristol", "bath", "bath", "bristol"]
    assert one["shown"] == ["Bristol", "Bath", "BATH", "bristol"]
    assert conditions.saved({"fact": "customer.source_id", "is": "is", "value": "AbC"}, FACTS) == {
        "fact": "customer.source_id",
        "is": "is",
        "value": "AbC",
    }


def test_a_condition_is_a_sentence() -> None:
    cities = {"fact": "customer.city", "is": "in", "value": "Bristol, Bath, York"}
    ago = {"fact": "metadata.date", "is": "more_than_ago", "value": 1}
    neither = [{"fact": "metadata.boolean", "is": "is", "value": True}, {"fact": "metadata.date", "is": "is", "value": "2026-03-31"}]
    much = {"fact": "metadata.number", "is": "more_than", "value": "10000"}
    tree = conditions.saved({"all": [much, {"any": [cities, ago]}, {"not": {"any": neither}}]}, FACTS)
    assert conditions.in_words(tree, FACTS) == (
        "Number is more than 10,000, and (city is one of Bristol, Bath or York, or date is more than 1 day ago), "
        "and none of these: boolean is yes; date is on 31 March 2026"
    )


def test_an_explanation_names_each_leaf_and_what_it_saw() -> None:
    tree = conditions.saved(
        {"all": [{"fact": "customer.city", "is": "is", "value": "Bath"}, {"fact": "metadata.number", "is": "more_than", "value": 5}]}, FACTS
    )
    moment = EvaluationTime(datetime.datetime(2026, 3, 10, tzinfo=datetime.UTC), ZoneInfo("UTC"))

    seen = conditions.explain(tree, {"customer.city": "York", "metadata.number": "18"}, FACTS, moment)

    assert not seen.holds
    assert [(part.words, part.seen, part.holds) for part in seen.parts] == [
        ("city is Bath", "York", False),
        ("number is more than 5", "“18”, which is no number", False),
    ]


def test_what_a_condition_reads_is_what_is_marked() -> None:
    id = str(uuid.uuid4())
    facts = FACTS | {"segment": Fact("segment", "Segment", Type.RELATION, "", choices={id: "VIP"}, noun="segment", marked_as="segment:")}
    tree = {"all": [{"fact": "customer.city", "is": "is", "value": "x"}, {"not": {"fact": "segment", "is": "member", "value": id}}]}
    assert conditions.reads(tree, facts) == {"customer.city", f"segment:{id}"}


def nested(deep: int) -> dict[str, Any]:
    node: dict[str, Any] = {"fact": "customer.city", "is": "equals", "value": "x"}
    for _ in range(deep):
        node = {"not": node}
    return node


@pytest.mark.parametrize(
    "condition",
    [nested(100_000), {"all": [{"fact": "a"}] * 200_000}, {"all": "abc"}, {"any": {}}, {"not": None}, [], "x", None, {"all": [[]]}],
    ids=["deep", "wide", "text", "object", "nothing in not", "list", "word", "nothing", "list in list"],
)
def test_what_is_no_condition_or_far_too_large_is_told_in_words(condition: Any) -> None:
    (wrong,) = conditions.mistakes(condition, FACTS)

    assert wrong.path == ""
    assert wrong.text.endswith(".")
