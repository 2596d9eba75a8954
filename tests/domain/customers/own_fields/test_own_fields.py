"""Fields of metadata are renamed, retyped, merged and deleted for all customers, in limited passes, and never under somebody's feet."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.customers.own_fields import change, find, run, uses
from domain.customers.own_fields.uses import OwnFieldUse
from domain.customers.profiles import metadata
from domain.customers.segments import create
from domain.distributions.draft import store
from domain.journal import jobs
from domain.kernel.errors import Refused
from domain.tables.customers import Customer, MetadataField
from domain.tables.journal import Audit, Job
from tests.cast import ANN
from workers.queue.job_kinds import job_kind

pytestmark = pytest.mark.usefixtures("project")


@pytest.fixture(autouse=True)
def two_customers_a_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "PASS", 2)


@pytest.fixture
def people(session: Session, add: Callable[..., Customer]) -> Callable[..., list[Customer]]:
    """Customers with this metadata; its keys are registered."""

    def made(types: Mapping[str, str], *details: dict[str, Any]) -> list[Customer]:
        metadata.register(session, types)
        found = [add(name=f"Customer {n}") for n, _ in enumerate(details)]
        for customer, one in zip(found, details, strict=True):
            customer.details = one
        session.flush()
        session.execute(text("DELETE FROM dirty_customers"))
        return found

    return made


def field(session: Session, key: str) -> MetadataField:
    return session.scalars(select(MetadataField).where(MetadataField.key == key)).one()


def finish(session: Session, job: Job) -> Job:
    """All its steps, each done, lost and done again."""
    while True:
        cut = session.begin_nested()
        jobs.advance(session, job.id, job_kind)
        session.flush()
        cut.rollback()
        session.expire_all()
        if not jobs.advance(session, job.id, job_kind):
            session.flush()
            session.expire_all()
            return job


def details(session: Session, customers: list[Customer]) -> list[dict[str, Any]]:
    session.expire_all()
    return [customer.details for customer in customers]


def test_a_field_is_renamed_for_everybody_and_its_segments_hear_of_it(session: Session, people: Callable[..., list[Customer]]) -> None:
    customers = people({"town": "text"}, {"town": "Bath"}, {}, {"town": "York"}, {"town": "Hull"}, {"town": "Bath"})

    finish(session, change.rename(session, ANN, field(session, "town"), "home"))

    assert details(session, customers) == [{"home": "Bath"}, {}, {"home": "York"}, {"home": "Hull"}, {"home": "Bath"}]
    assert metadata.types(session) == {"home": "text"}
    assert field(session, "home").customers == 4
    assert session.execute(text("SELECT count(*), bool_and(silent), max(facts::text) FROM dirty_customers")).one() == (
        4, True, "{metadata.home,metadata.town}")  # fmt: skip
    assert session.scalars(select(Audit.command).order_by(Audit.id.desc()).limit(1)).one() == "rename metadata"


def test_two_fields_become_one_and_who_has_both_keeps_the_one_that_stays(session: Session, people: Callable[..., list[Customer]]) -> None:
    customers = people({"town": "text", "city_of": "text", "n": "number"}, {"town": "Bath"}, {"town": "York", "city_of": "Hull"}, {"n": 1})

    with pytest.raises(Refused, match="Change the type"):
        change.merge(session, ANN, field(session, "town"), field(session, "n"))
    finish(session, change.merge(session, ANN, field(session, "town"), field(session, "city_of")))

    assert details(session, customers) == [{"city_of": "Bath"}, {"city_of": "Hull"}, {"n": 1}]
    assert metadata.types(session) == {"city_of": "text", "n": "number"}


def test_a_type_is_changed_after_all_values_were_asked(session: Session, people: Callable[..., list[Customer]]) -> None:
    customers = people({"spend": "text"}, {"spend": "12,50"}, {"spend": "a lot"}, {"spend": "1,000"}, {}, {"spend": "7"})

    checked = finish(session, change.check(session, ANN, field(session, "spend"), "number"))
    assert {name: checked.report[name] for name in ("carried", "unfit", "samples")} == {
        "carried": 4, "unfit": 2, "samples": ["a lot", "1,000"]}  # fmt: skip
    assert details(session, customers)[0] == {"spend": "12,50"}
    assert metadata.types(session) == {"spend": "text"}

    finish(session, change.retype(session, ANN, field(session, "spend"), "number"))
    assert details(session, customers) == [{"spend": 12.5}, {}, {}, {}, {"spend": 7}]
    assert (field(session, "spend").type, field(session, "spend").customers) == ("number", 2)


def test_a_field_is_deleted_from_everybody(session: Session, people: Callable[..., list[Customer]]) -> None:
    customers = people({"town": "text", "n": "number"}, {"town": "Bath", "n": 1}, {"town": "York"}, {"n": 2})

    finish(session, change.delete_field(session, ANN, field(session, "town")))

    assert details(session, customers) == [{"n": 1}, {}, {"n": 2}]
    assert metadata.types(session) == {"n": "number"}


def test_what_refers_to_a_field_is_named_and_keeps_it(session: Session, people: Callable[..., list[Customer]]) -> None:
    people({"spend": "number", "spend_total": "number"}, {"spend": 1})
    create.dynamic(session, ANN, "Regulars", {"fact": "metadata.spend", "is": "more_than", "value": 5})

    assert uses.uses_of(session, "spend") == [OwnFieldUse("segment", "Regulars")]
    assert uses.uses_of(session, "spend_total") == []
    for changed in (
        lambda: change.rename(session, ANN, field(session, "spend"), "spent"),
        lambda: change.merge(session, ANN, field(session, "spend"), field(session, "spend_total")),
        lambda: change.retype(session, ANN, field(session, "spend"), "text"),
        lambda: change.delete_field(session, ANN, field(session, "spend")),
    ):
        with pytest.raises(Refused, match="used by the segment “Regulars”"):
            changed()


@pytest.mark.parametrize(
    "words", ["{{ customer.metadata.spend }}", '{{ customer.metadata["spend"] | upcase }}', "{{ customer.metadata['spend'] }}"]
)
def test_messages_and_field_maps_of_a_distribution_refer_to_it_too(
    session: Session, people: Callable[..., list[Customer]], words: str
) -> None:
    people({"spend": "number"}, {"spend": 1})
    draft = store.create(session, ANN)
    draft.spec = draft.spec | {"channels": [{"parts": {"field:SPEND": words}}]}
    session.flush()

    assert uses.uses_of(session, "spend") == [OwnFieldUse("distribution", draft.name)]


def test_customers_are_counted_by_a_job_and_changes_wait_for_each_other(session: Session, people: Callable[..., list[Customer]]) -> None:
    people({"town": "text", "never": "text"}, {"town": "Bath"}, {}, {"town": "York"})

    job = find.count(session, ANN)
    with pytest.raises(Refused, match="under way"):
        change.rename(session, ANN, field(session, "town"), "home")
    finish(session, job)

    assert {one.key: one.customers for one in find.every(session)} == {"town": 2, "never": 0}


def test_a_key_that_cannot_be_is_refused(session: Session, people: Callable[..., list[Customer]]) -> None:
    people({"town": "text", "home": "text"}, {})

    for key, words in (("9 lives", "cannot be a key"), ("home", "Merge them instead")):
        with pytest.raises(Refused, match=words):
            change.rename(session, ANN, field(session, "town"), key)


@pytest.mark.long
def test_a_hundred_thousand_customers_are_changed_in_limited_passes(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "PASS", 5_000)
    metadata.register(session, {"spend": "text"})
    session.execute(
        text("""INSERT INTO customers (id, typed_name, email, phone, email_hash, phone_hash, line1, line2, city, region,
                                       postal_code, country,
                                       locale, time_zone, metadata, created_at, updated_at, updated_by, row_version)
                SELECT largesse_uuid7(), 'Customer ' || n, '', '', '', '', '', '', '', '', '', '', '', '',
                       jsonb_build_object('spend', n::text), now(), now(), '', 1
                FROM generate_series(1, 100000) AS n""")
    )
    steps = 0
    job = change.retype(session, ANN, field(session, "spend"), "number")
    while jobs.advance(session, job.id, job_kind):
        steps += 1
        assert session.scalar(text("SELECT count(*) FROM dirty_customers")) == 5_000 * steps

    assert steps == 20
    assert session.scalar(text("SELECT count(*) FROM customers WHERE jsonb_typeof(metadata -> 'spend') = 'number'")) == 100_000
