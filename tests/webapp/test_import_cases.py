"""Small files in the shape of what went wrong elsewhere, each fed through the pages as a person would, each with its right result."""

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.customers.consents import change
from domain.journal import jobs
from domain.kernel import clock
from domain.tables.customers import Consent, Customer, Permission
from domain.tables.imports import Import
from domain.tables.journal import Job
from tests.cast import ANN
from tests.webapp.conftest import Browser
from tests.webapp.test_customer_imports import form_of, place, upload
from workers.queue.job_kinds import job_kind

CASES = Path(__file__).parent.parent / "cases"
LATE = (CASES / "leading-zeros-late.csv").read_text().replace("plz", "branch")
pytestmark = pytest.mark.usefixtures("uploads", "project")


def work(session: Session) -> None:
    """What the workers do of the newest upload: the dry run, or the import."""
    file = session.scalars(select(Import).order_by(Import.id.desc()).limit(1)).one()
    for id in filter(None, (file.check_id, file.job_id)):
        while jobs.advance(session, id, job_kind):
            session.flush()
        session.flush()
        assert session.get_one(Job, id).error == ""


def read(browser: Browser, session: Session, content: bytes | str) -> tuple[str, str]:
    """Upload, let all lines be asked; the address of the mapping page and the page."""
    columns = place(upload(browser, content))
    work(session)
    return columns, browser.get(columns).text


def take(browser: Browser, session: Session, columns: str, page: str, **choices: str) -> str:
    """Import it as the form stands, but for these choices; the page of the report."""
    progress = place(browser.post(columns, data=form_of(page) | choices))
    work(session)
    session.expire_all()
    return str(browser.get(progress).text)


def plain(page: str) -> str:
    return re.sub(r" ([,.:;])", r"\1", " ".join(re.sub(r"<[^>]+>", " ", page).split()))


def of(session: Session, source_id: str) -> Customer:
    return session.scalars(select(Customer).where(Customer.source_id == source_id)).one()


def test_letters_of_an_old_mac_stay_themselves(ann: Browser, session: Session) -> None:
    columns, page = read(ann, session, (CASES / "macroman.csv").read_bytes())

    assert "Mac Roman: Jürgen, Weiß, Münster" in plain(page)
    take(ann, session, columns, page)
    assert set(session.scalars(select(Customer.name))) == {"Jürgen Weiß", "Zoë"}


def test_a_leading_zero_that_comes_late_is_kept(ann: Browser, session: Session) -> None:
    columns, page = read(ann, session, (CASES / "leading-zeros-late.csv").read_bytes())

    take(ann, session, columns, page)
    assert (of(session, "plz-0").postal_code, of(session, "plz-300").postal_code) == ("10000", "01067")


def test_what_looked_like_numbers_in_the_first_lines_is_text_where_a_later_line_says_so(ann: Browser, session: Session) -> None:
    columns, page = read(ann, session, LATE)

    assert form_of(page)["type.1"] == "text"
    take(ann, session, columns, page)
    assert (of(session, "branch-0").details, of(session, "branch-300").details) == ({"branch": "10000"}, {"branch": "01067"})


def test_a_number_that_would_lose_its_zero_is_shown_with_its_line_and_refused(ann: Browser, session: Session) -> None:
    columns, page = read(ann, session, LATE)

    page = ann.get(place(ann.post(columns, data=form_of(page) | {"type.1": "number", "check": "yes"}))).text
    assert "line 302: 01067" in plain(page)
    work(session)
    page = ann.get(columns).text
    assert "302 taken, 2 cells left out, 0 lines left out" in plain(page)
    report = take(ann, session, columns, page)
    assert "begins with a zero that a number would lose" in plain(report)
    assert of(session, "branch-300").details == {}


def test_us_dates_are_read_as_other_lines_prove(ann: Browser, session: Session) -> None:
    columns, page = read(ann, session, (CASES / "birthdate-us.csv").read_bytes())

    assert "4 taken, 0 cells left out, 0 lines left out" in plain(page)
    take(ann, session, columns, page)
    assert [str(of(session, f"usb-{n}").birthdate) for n in (1, 2, 3, 4)] == ["1990-12-31", "1990-07-04", "1985-02-28", "1991-01-02"]


def test_dates_that_nothing_proves_are_asked_for(ann: Browser, session: Session) -> None:
    columns, page = read(ann, session, "id,birthdate\n1,07/04/1990\n2,01/02/1991\n")

    assert "2 are dates whose day and month could be swapped line 2: 07/04/1990, line 3: 01/02/1991 Left out." in plain(page)
    assert "2 cells left out" in plain(page)
    take(ann, session, columns, page, order="month")
    assert str(of(session, "1").birthdate) == "1990-07-04"


def test_whose_address_has_unsubscribed_is_given_nothing_under_another_id(ann: Browser, session: Session, add: Any) -> None:
    newsletter = Permission(
        name="Newsletter", name_key="newsletter", channels=["email"], created_at=clock.now(session), updated_at=clock.now(session)
    )
    session.add(newsletter)
    session.flush()
    gone = add(source_id="m-11", email="back@example.com")
    change.give(session, ANN, [gone.id], newsletter, "form")
    change.withdraw(session, ANN, [gone.id], newsletter, "unsubscribe link")

    columns, page = read(ann, session, (CASES / "unsubscribed-other-id.csv").read_bytes())
    report = take(ann, session, columns, page)

    assert "This address said no to “Newsletter”" in plain(report)
    assert "Kept as no 1" in plain(report)
    assert session.get(Consent, (of(session, "m-11b").id, newsletter.id)) is None


def test_first_and_last_names_are_the_names_of_customers(ann: Browser, session: Session) -> None:
    columns, page = read(ann, session, (CASES / "first-last-name.csv").read_bytes())

    take(ann, session, columns, page)
    ana = session.scalars(select(Customer).where(Customer.email == "fl1@example.com")).one()
    assert (ana.first_name, ana.last_name, ana.name) == ("Ana María", "de la Cruz", "Ana María de la Cruz")
    assert ana.details == {"member_rating": 2}


def test_a_spreadsheet_that_spoilt_ids_and_phones_is_named(ann: Browser, session: Session) -> None:
    columns, page = read(ann, session, "id,phone,email\n1.23E+05,4.47701E+11,a@x.example\n")

    assert plain(page).count("1 were shortened by a spreadsheet") == 2
    take(ann, session, columns, page)
    one = session.scalars(select(Customer)).one()
    assert (one.source_id, one.phone, one.email) == (None, "", "a@x.example")


def test_numbers_are_read_as_other_lines_prove_or_as_somebody_says(ann: Browser, session: Session) -> None:
    columns, page = read(ann, session, 'id,spend\n1,"1,000"\n2,"12,50"\n')
    take(ann, session, columns, page)
    assert of(session, "1").details == {"spend": 1}

    columns, page = read(ann, session, 'id,spend\n3,"1,000"\n4,7\n')
    assert "could be one for thousands or for decimals" in plain(page)
    take(ann, session, columns, page, decimal=".", **{"type.1": "number", "to.1": "metadata"})
    assert of(session, "3").details == {"spend": 1000}


def test_a_dial_code_is_chosen_for_one_file(ann: Browser, session: Session) -> None:
    columns, page = read(ann, session, "id,phone\n1,030 901820\n")

    take(ann, session, columns, page, dial_code="DE")
    assert of(session, "1").phone == "+4930901820"


def test_guards_of_other_exports_are_taken_off(ann: Browser, session: Session) -> None:
    columns, page = read(ann, session, "id,phone,name,note\n'0099,'+44 7700 900123,'=Dina,\t+1\n")

    take(ann, session, columns, page, **{"type.3": "text"})
    one = of(session, "0099")
    assert (one.phone, one.name, one.details) == ("+447700900123", "=Dina", {"note": "+1"})


def test_what_was_decided_is_remembered_for_such_files_and_can_be_forgotten(ann: Browser, session: Session) -> None:
    columns, page = read(ann, session, "id,town,when\n1,Bath,07/04/1990\n")
    take(ann, session, columns, page, order="month", **{"to.1": "metadata", "key.1": "home", "type.2": "date", "key.2": "joined"})

    columns, page = read(ann, session, "ID,Town,When\n2,York,01/02/1991\n")
    assert "Read as customers.csv was" in plain(page)
    assert {name: form_of(page)[name] for name in ("to.1", "key.1", "key.2", "order")} == {
        "to.1": "metadata", "key.1": "home", "key.2": "joined", "order": "month"}  # fmt: skip

    address = re.search(r'action="([^"]*/forget/[^"]*)"', page)
    assert address
    place(ann.post(address[1]))
    assert form_of(ann.get(columns).text)["to.1"] == "city"
    assert "remembered" not in plain(ann.get("/customers/imports").text)


def test_a_large_file_is_looked_through_by_a_worker_before_its_form_is_shown(
    ann: Browser, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.customers.imports.start.AT_ONCE", 10)
    monkeypatch.setattr("domain.customers.imports.run.LOOKED", 100)
    columns = place(upload(ann, LATE))

    page = ann.get(columns).text
    assert "All lines are looked through" in page
    assert "<select" not in page[page.index('id="found"') :]
    work(session)
    assert ann.get(f"{columns}?mark=x&form=no", headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    page = ann.get(columns).text
    assert form_of(page)["type.1"] == "text"
    assert "302 taken" in plain(page)


def test_a_dry_run_writes_nobody(ann: Browser, session: Session, dina: Customer, offers: Permission) -> None:
    change.withdraw(session, ANN, [dina.id], offers, "unsubscribe link")
    before = session.execute(text("SELECT count(*), max(updated_at) FROM customers")).one()

    _, page = read(ann, session, "source_id,email,offers\ncrm-48213,dina@okafor.example,yes\nnew,nonsense,yes\n,,\nx,x@x.example,no\nx,,\n")

    assert "3 taken, 1 cell left out, 1 line left out" in plain(page)
    assert "2 new, 1 known; 1 permission stays withdrawn" in plain(page)
    assert session.execute(text("SELECT count(*), max(updated_at) FROM customers")).one() == before
    assert session.scalar(text("SELECT count(*) FROM import_mappings")) == 0
