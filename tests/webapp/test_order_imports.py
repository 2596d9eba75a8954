"""Orders of before from a file: uploaded, checked without writing, imported, and what was left out."""

import io

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.journal import jobs
from domain.shop.imports import run
from domain.tables.customers import Customer
from domain.tables.imports import Import
from domain.tables.journal import Event, Job
from domain.tables.shop import CustomerOrders, Order, OrderItem
from tests.webapp.conftest import Browser
from workers.queue.job_kinds import job_kind

RETAIL = """InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
569901,23256,CHILDRENS CUTLERY SPACEBOY ,2,2011-10-06 16:20:00,4.15,12923.0,United Kingdom
C565806,23275,SET OF 3 HANGING OWLS,-12,2011-09-07 10:51:00,1.25,12923.0,United Kingdom
568198,21407,CAT DOORSTOP,2,2011-09-25 14:52:00,4.25,,United Kingdom
569901,85123,LIGHT HOLDER,1,2011-10-06 16:20:00,10,12923.0,United Kingdom
569902,85123,LIGHT HOLDER,many,2011-10-06 16:20:00,10,12923.0,United Kingdom
569903,85123,LIGHT HOLDER,1,2011-10-06 16:20:00,10,12924.0,United Kingdom
569903,85123,LIGHT HOLDER,-1,2011-10-06 16:20:00,10,12924.0,United Kingdom
"""


def uploaded(who: Browser, text: str = RETAIL) -> str:
    """The address of the page of its columns."""
    answer = who.post("/orders/imports", data={"file": (io.BytesIO(text.encode()), "retail.csv")}, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def work(session: Session) -> Job:
    """Do the newest job to its end."""
    job = session.scalars(select(Job).order_by(Job.id.desc()).limit(1)).one()
    while jobs.advance(session, job.id, job_kind):
        session.flush()
    session.flush()
    session.expire_all()
    return job


def chosen(session: Session) -> dict[str, str]:
    file = session.scalars(select(Import).order_by(Import.id.desc()).limit(1)).one()
    return {f"to.{n}": column["to"] for n, column in enumerate(file.reading["columns"])} | {"without_status": "paid"}


def test_a_file_is_checked_without_writing_and_imported_without_waking_anybody(ann: Browser, session: Session) -> None:
    page = uploaded(ann)
    guessed = chosen(session)
    assert list(guessed.values())[:8] == ["order", "product", "product_name", "quantity", "placed", "price", "customer", ""]

    ann.post(page, data=guessed | {"check": "yes"})
    checked = work(session)
    assert (checked.kind, checked.state, checked.report["orders"], checked.report["left_out"]) == (run.DRY, "done", 3, 2)
    assert session.scalar(select(func.count()).select_from(Order)) == 0
    assert "It says no customer" in ann.get(page).text

    ann.post(page, data=guessed)
    done = work(session)
    assert (done.kind, done.state, done.error) == (run.KIND, "done", "")
    assert {name: done.report[name] for name in ("read", "created", "left_out")} == {"read": 7, "created": 2, "left_out": 4}
    orders = {one.source_id: one for one in session.scalars(select(Order))}
    assert (orders["569901"].status, orders["569901"].total_amount) == ("paid", 1830)
    assert orders["569901"].created_at.isoformat().startswith("2011-10-06")
    assert (orders["C565806"].status, orders["C565806"].total_amount) == ("canceled", 1500)
    assert {item.quantity for item in session.scalars(select(OrderItem))} == {1, 2, 12}
    who = session.scalars(select(Customer).where(Customer.source_id == "12923")).one()
    sums = session.get_one(CustomerOrders, who.id)
    assert (sums.orders, sums.amount) == (1, 1830)
    assert session.scalar(select(func.count()).select_from(Event).where(Event.kind.like("order%"))) == 0

    progress = ann.get(page.removesuffix("/columns")).text
    assert "3 of 7 lines were taken" in progress
    assert "Some quantities of this order are below 0" in progress
    assert "no quantity" in ann.get(page.replace("/columns", "/report.csv")).text or "no number" in progress


def test_the_same_file_again_changes_nothing(ann: Browser, session: Session) -> None:
    for _ in range(2):
        page = uploaded(ann)
        ann.post(page, data=chosen(session))
        done = work(session)

    assert {name: done.report[name] for name in ("created", "changed", "same")} == {"created": 0, "changed": 0, "same": 2}
    assert session.scalar(select(func.count()).select_from(Order)) == 2
    assert ann.get("/orders/imports").text.count("retail.csv") == 2
    assert "retail.csv" not in ann.get("/customers/imports").text


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"to.0": ""}, "number of the order"),
        ({"to.6": ""}, "e-mail address or the phone number"),
        ({"to.4": ""}, "when the order was placed"),
        ({"to.7": "order"}, "Another column is this already"),
    ],
)
def test_columns_that_make_no_orders_are_refused_in_words(ann: Browser, session: Session, wrong: dict[str, str], words: str) -> None:
    page = uploaded(ann)

    answer = ann.post(page, data=chosen(session) | wrong)

    assert answer.status_code == 422
    assert words in answer.text


def test_who_may_not_import_does_not(bo: Browser, ann: Browser, session: Session) -> None:
    page = uploaded(ann)
    ann.post(page.replace("/columns", "/stop"))

    assert bo.get("/orders/imports").status_code == 403
    assert session.scalars(select(Import.state)).one() == "discarded"
    assert ann.post("/orders/imports", data={}).status_code == 422
