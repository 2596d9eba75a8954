"""Every fact of a customer, all the way round: form, profile, file out, file in, API, message, condition, erasure. One row is one fact."""

import csv
import html
import io
import json
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain import conditions
from domain.conditions.facts import Type
from domain.customers.facts import catalogue, variables
from domain.customers.facts.values import values as facts_of
from domain.customers.imports.mapping import ImportSettings
from domain.customers.profiles import as_json, customer_input, erase, export, fields, readers
from domain.customers.profiles.fields import FIELDS, CustomerField
from domain.customers.segments import audience
from domain.distributions.plan.plan import Plan
from domain.distributions.preview.values import shared_values, values_for_batch
from domain.journal import jobs
from domain.kernel.actor import SYSTEM
from domain.kernel.base import new_id
from domain.kernel.errors import Refused
from domain.messages.compile import compile_part
from domain.messages.liquid.escaping import OutputContext
from domain.messages.variables import known, mistakes
from domain.tables import metadata
from domain.tables.customers import Customer
from domain.tables.imports import Import
from domain.tables.journal import Job
from domain.workspace.api_keys.create import make
from tests.cast import ANN
from tests.webapp.api.given import a_campaign, headers
from tests.webapp.conftest import Browser
from tests.webapp.test_customer_imports import form_of, place, upload
from tests.webapp.test_customers import page_of
from webapp.customers.forms import CONTROLS
from webapp.customers.presenters import phone
from workers.queue.job_kinds import job_kind

pytestmark = pytest.mark.usefixtures("uploads", "project")

HARD: dict[Any, tuple[str, ...]] = {
    readers.text: (
        "Łódź “O’Brien” <b>&amp;</b>", "=SUM(A1), b; c|d", "محمد   بن سلمان", "'007", "None", "x" * readers.LONGEST, "line\ntwo",
        "{{ 7 }}%s",
    ),
    readers.email: ("Dina+rye@Okafor.example", "jörg@müller.example", "d_o'c@sub.okafor.example"),
    readers.phone: ("07700 900123", "+1 (202) 555-0123", "0044 7700 900 123"),
    readers.source_id: ("007", "CRM/48%213 ñ", "=1+1", "null", " 12.50 "),
    readers.number: ("0", "-3", "38,5", "1e3", "1.234.567,25", "123456789012345", "0.0001"),
    readers.birthdate: ("2000-02-29", "02.06.1990", "1880-01-01"),
    readers.locale: ("en_gb", "de", "zh-Hant-TW"),
    readers.time_zone: ("America/Argentina/Buenos_Aires", "UTC"),
}  # fmt: skip
"""What is hard for each reader. A reader that is not here has no rows that pass."""
ROUNDS = [
    pytest.param(field, typed, id=f"{field.key}-{n}") for field in FIELDS for n, typed in enumerate((field.example, *HARD[field.read]))
]
every_field = pytest.mark.parametrize("field", FIELDS, ids=[field.key for field in FIELDS])


def stored(session: Session) -> Customer:
    """The only customer there is."""
    session.expire_all()
    return session.scalars(select(Customer)).one()


def forget_all(session: Session) -> None:
    """An empty place."""
    session.execute(text("TRUNCATE customers, events CASCADE"))
    session.expunge_all()


def another(field: CustomerField) -> dict[str, str]:
    """Something else that is known, so that there is a customer even where this fact alone says nobody."""
    return {"email": "somebody@else.example"} if field.key == "source_id" else {"source_id": "somebody-else"}


@pytest.mark.parametrize(("field", "typed"), ROUNDS)
def test_a_fact_goes_all_the_way_round(ann: Browser, session: Session, field: CustomerField, typed: str) -> None:
    value = through_the_form(ann, session, field, typed)
    file = out_as_a_file(ann, session, field, value)
    forget_all(session)
    through_a_file(ann, session, field, file, value)
    through_the_api(ann, session, field, value)
    into_a_message(session, field, value)
    into_a_condition(session, field, value)
    until_it_is_erased(session, field, value)


def through_the_form(ann: Browser, session: Session, field: CustomerField, typed: str) -> Any:
    answer = ann.post("/customers/new", data=another(field) | {field.key: typed})
    assert answer.status_code == 303, answer.text
    customer = stored(session)
    value = getattr(customer, field.key)
    assert value not in {None, ""}
    assert value == customer_input.read(session, {field.key: typed}).columns[field.key]
    assert field.read(field.words(value), customer_input.reading(session)[0]) == value, "what is shown is read as the same"

    form = ann.get(page_of(customer, "/edit")).text
    assert f'value="{field.words(value)}"' in html.unescape(form)
    assert field.help in html.unescape(form)
    profile = html.unescape(ann.get(page_of(customer)).text)
    about = profile if field.heads else profile[profile.index("<h2>About</h2>") : profile.index("<h2>So far</h2>")]
    shown = str(value.year) if field.fact is Type.DATE else phone(value) if field.key == "phone" else field.words(value)
    assert shown in about
    return value


def out_as_a_file(ann: Browser, session: Session, field: CustomerField, value: Any) -> str:
    file = ann.get("/customers/list.csv").text
    row = next(iter(csv.DictReader(io.StringIO(file.lstrip("\ufeff")))))
    assert row[field.key].removeprefix("'") == field.words(value).removeprefix("'")
    held = json.loads(json.dumps(export.export(session, ANN, stored(session).id)))
    assert held[field.key] == (value.isoformat() if field.fact is Type.DATE else float(value) if field.fact is Type.NUMBER else value)
    return file


def through_a_file(ann: Browser, session: Session, field: CustomerField, file: str, value: Any) -> None:
    where = place(upload(ann, file))
    started = ann.post(where, data=form_of(ann.get(where).text))
    assert started.status_code == 303, started.text
    row = session.scalars(select(Import).order_by(Import.id.desc()).limit(1)).one()
    columns = dict(zip(row.reading["header"], (c.to for c in ImportSettings.from_json(row.reading).columns), strict=True))
    assert columns[field.key] == field.key
    assert row.job_id is not None
    while jobs.advance(session, row.job_id, job_kind):
        session.flush()
    session.flush()
    job = session.get_one(Job, row.job_id)
    assert (job.error, job.report["created"], job.report["left_out"]) == ("", 1, 0)
    assert getattr(stored(session), field.key) == value


def through_the_api(ann: Browser, session: Session, field: CustomerField, value: Any) -> None:
    whole = json.loads(json.dumps(as_json.whole(stored(session))))
    again = customer_input.read(session, as_json.typed(whole))
    assert again.columns[field.key] == value
    assert set(whole) <= as_json.accepted()
    campaign = a_campaign(session, codes=len(field.api_names))
    key = make(session, SYSTEM, "CRM", may_create_customers=True)
    for name in field.api_names:
        forget_all(session)
        outer, _, inner = name.partition(".")
        said = float(value) if field.fact is Type.NUMBER else field.words(value)
        who = another(field) | {outer: {inner: said} if inner else said}
        answer = ann.post("/v1/publications", json={"campaign": campaign.name, "customer": who}, headers=headers(key))
        assert answer.status_code == 200, answer.text
        assert getattr(stored(session), field.key) == value, name
        if field.in_reference:
            assert answer.json["customer"][field.key] == fields.plain(value)


def into_a_message(session: Session, field: CustomerField, value: Any) -> None:
    source = f"<{{{{ customer.{field.key} }}}}>"
    assert mistakes(source, OutputContext.TEXT, known((), variables.variables())) == []
    about, recipient = shared_values(session, Plan("manual", "message", ())), new_id()
    said = values_for_batch(session, about, [(recipient, stored(session).id, None)])[recipient]
    part = compile_part(source, OutputContext.TEXT)
    written = part.assemble(part.values(said))
    liquid = str(value).lower() if field.fact is Type.BOOLEAN else field.words(value) if field.fact is Type.NUMBER else value
    assert written == f"<{liquid}>" or (field.fact is Type.DATE and str(value.year) in written)


def into_a_condition(session: Session, field: CustomerField, value: Any) -> None:
    everything = catalogue.known(session)
    fact = everything[f"customer.{field.key}"]
    tree = {"fact": fact.key, "is": "is", "value": value if field.fact is Type.BOOLEAN else field.words(value)}
    assert conditions.mistakes(tree, everything) == []
    tree = conditions.saved(tree, everything)
    customer = stored(session)
    assert list(session.scalars(select(Customer.id).where(audience.holds(session, tree)))) == [customer.id]
    assert conditions.holds(tree, facts_of(session, customer.id), everything, catalogue.moment(session))
    assert field.label in conditions.in_words(tree, everything)


def until_it_is_erased(session: Session, field: CustomerField, value: Any) -> None:
    customer = stored(session)
    erase.erase(session, ANN, customer.id)
    session.flush()
    customer = stored(session)
    if not field.personal:
        assert getattr(customer, field.key) == value
        return
    assert getattr(customer, field.key) == getattr(customer, field.column) == field.empty
    needle = json.dumps(field.words(value), ensure_ascii=False)[1:-1]
    if len(needle) > 7:  # shorter ones stand in other words too
        left = [table.name for table in metadata.sorted_tables if table.name != "project" and holds(session, table.name, needle)]
        assert left == []


def holds(session: Session, table: str, needle: str) -> bool:
    return bool(session.scalar(text(f"SELECT EXISTS (SELECT 1 FROM {table} t WHERE position(:n IN to_jsonb(t)::text) > 0)"), {"n": needle}))


@every_field
def test_a_row_is_complete(field: CustomerField) -> None:
    assert isinstance(getattr(Customer, field.key).property.columns[0].type.python_type, type)
    assert field.column in Customer.__table__.c
    assert Customer.__table__.c[field.column].computed is None, "what is made of others says where it is typed"
    assert field.control in CONTROLS
    assert field.label.strip()
    assert not field.address or {f"{field.key}_hash"} <= set(Customer.__table__.c.keys())


@every_field
def test_no_other_row_takes_its_names(field: CustomerField) -> None:
    others = [other for other in FIELDS if other is not field]

    assert not field.known_as & {header for other in others for header in other.known_as}
    assert not set(field.api_names) & {name for other in others for name in other.api_names}
    assert field.label not in {other.label for other in others}
    assert all(fields.letters(header) == header for header in field.headers)


def test_every_column_of_a_customer_is_a_fact_or_kept_by_the_house() -> None:
    house = {"id", "metadata", "import_id", "created_at", "updated_at", "updated_by", "row_version", "erased_at"}
    made = {f"{field.key}_hash" for field in FIELDS if field.address} | {field.folded_in for field in FIELDS}

    assert set(Customer.__table__.c.keys()) == (house | made | {field.column for field in FIELDS} | {field.key for field in FIELDS}) - {""}


@every_field
def test_a_wrong_value_of_a_program_is_refused_by_its_name(field: CustomerField) -> None:
    for name in field.api_names:
        outer, _, inner = name.partition(".")
        for nonsense in ({"a": 1}, ["x"], *([] if field.fact is Type.BOOLEAN else [True])):
            with pytest.raises(Refused) as refused:
                as_json.typed({outer: {inner: nonsense} if inner else nonsense})
            assert list(refused.value.mistakes) == [name]
        assert as_json.typed({outer: {inner: None} if inner else None}) == {field.key: ""}
        if inner:
            with pytest.raises(Refused, match=f"{outer} is an object"):
                as_json.typed({outer: "Bristol"})
