"""The page of a project's own fields: listed, checked, changed, and refused where something refers to them."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.customers.profiles import metadata
from domain.customers.segments import create
from domain.journal import jobs
from domain.tables.customers import Customer, MetadataField
from domain.tables.journal import Job
from tests.cast import ANN
from tests.webapp.conftest import Browser
from tests.webapp.test_customer_imports import place
from tests.webapp.test_import_cases import plain
from workers.queue.job_kinds import job_kind

pytestmark = pytest.mark.usefixtures("project")


@pytest.fixture
def spend(session: Session, dina: Customer, add: Any) -> MetadataField:
    metadata.register(session, {"spend": "text", "town": "text"})
    dina.details = {"spend": "12"}
    add(name="Gus").details = {"spend": "a lot", "town": "Bath"}
    session.flush()
    return session.scalars(select(MetadataField).where(MetadataField.key == "spend")).one()


def work(session: Session) -> None:
    for id in session.scalars(select(Job.id).where(Job.kind == "change_metadata")).all():
        while jobs.advance(session, id, job_kind):
            session.flush()
    session.flush()
    session.expire_all()


def test_fields_are_listed_and_counted(ann: Browser, session: Session, spend: MetadataField) -> None:
    assert plain(ann.get("/customers/fields").text).count("not counted") == 2

    place(ann.post("/customers/fields/count"))
    assert "Counting metadata" in ann.get("/customers/fields").text
    work(session)

    assert "spend Text 2 &nbsp;customers" in plain(ann.get("/customers/fields").text)


def test_without_fields_the_page_says_where_they_come_from(ann: Browser) -> None:
    assert "A column of a file that is no known fact becomes one" in ann.get("/customers/fields").text


def test_a_type_is_checked_and_then_changed(ann: Browser, session: Session, spend: MetadataField) -> None:
    page = f"/customers/fields/{spend.id}"
    place(ann.post(f"{page}/check", data={"type": "number"}))
    work(session)

    said = plain(ann.get(page).text)
    assert "1 of 2 values can be read as number; 1 cannot and would be taken away, like a lot" in said
    place(ann.post(f"{page}/retype", data={"type": "number"}))
    work(session)
    assert {one.name: one.details for one in session.scalars(select(Customer))} == {
        "Dina Okafor": {"spend": 12}, "Gus": {"town": "Bath"}}  # fmt: skip


def test_a_field_is_renamed_merged_and_deleted(ann: Browser, session: Session, spend: MetadataField) -> None:
    town = session.scalars(select(MetadataField).where(MetadataField.key == "town")).one()
    page, other = f"/customers/fields/{spend.id}", str(town.id)

    assert "cannot be a key" in ann.post(f"{page}/rename", data={"key": "9 lives"}).text
    place(ann.post(f"{page}/rename", data={"key": "spent"}))
    work(session)
    assert "Choose the field that stays" in ann.post(f"{page}/merge", data={"into": "nonsense"}).text
    place(ann.post(f"{page}/merge", data={"into": other}))
    work(session)
    assert ann.get(page).status_code == 404
    place(ann.post(f"/customers/fields/{other}/delete"))
    work(session)

    assert metadata.types(session) == {}
    assert set(map(str, session.scalars(select(Customer.details)))) == {"{}"}


def test_what_refers_to_a_field_is_named_on_its_page(ann: Browser, session: Session, spend: MetadataField) -> None:
    create.dynamic(session, ANN, "Rich", {"fact": "metadata.spend", "is": "is", "value": "12"})

    assert "Segment: Rich" in plain(ann.get(f"/customers/fields/{spend.id}").text)
    refused = ann.post(f"/customers/fields/{spend.id}/delete")
    assert refused.status_code == 422
    assert "“spend” is used by the segment “Rich”" in refused.text


def test_a_viewer_may_not(bo: Browser, spend: MetadataField) -> None:
    assert bo.get("/customers/fields").status_code == 403
    assert bo.post(f"/customers/fields/{spend.id}/delete").status_code == 403
