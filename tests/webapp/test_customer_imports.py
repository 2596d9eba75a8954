"""Importing customers through the pages."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.customers.imports import files
from domain.customers.imports.mapping import ImportSettings
from domain.customers.profiles import metadata
from domain.journal import jobs
from domain.kernel.base import Prefix, outside
from domain.tables.customers import Customer, Permission, Suppression
from domain.tables.imports import Import
from domain.tables.journal import Job
from tests.webapp.conftest import Browser
from workers.queue.job_kinds import job_kind

SAMPLES = Path(__file__).parent.parent / "domain" / "customers" / "imports" / "samples"

pytestmark = pytest.mark.usefixtures("uploads", "project")


@pytest.fixture
def steps(session: Session) -> Iterator[Any]:
    """Do the work of the workers."""

    def work(id: str) -> Job:
        file = session.scalars(select(Import).order_by(Import.id.desc()).limit(1)).one()
        assert file.job_id is not None
        while jobs.advance(session, file.job_id, job_kind):
            session.flush()
        return session.get_one(Job, file.job_id)

    return work


def upload(browser: Browser, content: str | bytes, name: str = "customers.csv") -> Any:
    raw = content.encode() if isinstance(content, str) else content
    return browser.post("/customers/imports", data={"file": (io.BytesIO(raw), name)}, content_type="multipart/form-data")


def place(response: Any) -> str:
    assert response.status_code == 303, response.text
    return str(response.headers["Location"])


def form_of(page: str) -> dict[str, str]:
    """What a browser would send of the mapping form as it is."""
    form = page[page.index('<form id="columns"') :]
    data = dict(re.findall(r'<input class="input[^"]*" name="([^"]+)" value="([^"]*)"', form))
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', body) or re.search(r'<option value="([^"]*)"', body)
        data[name] = chosen[1] if chosen else ""
    data |= dict.fromkeys(re.findall(r'type="checkbox" name="([^"]+)" value="yes" checked', form), "yes")
    return data


def test_a_file_is_uploaded_understood_imported_and_reported(ann: Browser, session: Session, offers: Permission, steps: Any) -> None:
    columns = place(upload(ann, "id;Name;E-Mail;Offers;Spend\n1;José;jose@x.example;yes;12\n2;Eli;nonsense;;3\n"))

    page = ann.get(columns).text
    assert "José" in page
    data = form_of(page)
    assert (data["to.0"], data["to.2"], data["to.3"], data["to.4"], data["key.4"], data["type.4"]) == (
        "source_id", "email", f"consent:{offers.id}", "metadata", "spend", "number")  # fmt: skip
    progress = place(ann.post(columns, data=data | {"wrong": "line"}))
    assert "Waiting for a worker" in ann.get(progress).text

    steps(progress)

    page = ann.get(progress).text
    assert "1 of 2 lines were taken" in page
    assert "“nonsense” is no e-mail address" in page
    assert "hx-get" not in page[page.index('id="progress"') : page.index("figures")]
    rows = list(csv.reader(io.StringIO(ann.get(f"{progress}/report.csv").text.lstrip("\ufeff"))))
    assert rows[1][:3] + rows[1][4:] == ["3", "left out", "E-Mail", "2", "Eli", "nonsense", "", "3"]
    assert session.scalars(select(Customer.name)).all() == ["José"]
    assert "customers.csv" in ann.get("/customers/imports").text


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "The file is empty"), (b"name\n", "header and nothing below"), (b"PK\x03\x04", "Excel"), (b'"a,b\n1,2\n', "cannot be read")],
)
def test_a_file_that_is_no_table_is_refused_on_the_page(ann: Browser, session: Session, uploads: Path, content: bytes, words: str) -> None:
    response = upload(ann, content)

    assert response.status_code == 422
    assert words in response.text
    assert session.scalars(select(Import)).all() == []
    assert list(uploads.iterdir()) == []


def test_without_a_file_the_page_says_so(ann: Browser) -> None:
    response = ann.post("/customers/imports", data={})

    assert response.status_code == 422
    assert "Choose a file first." in response.text


def test_a_file_that_is_too_large_is_refused_before_it_is_read(
    ann: Browser, session: Session, uploads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST", 1 << 20)

    response = upload(ann, b"id\n" + b"1\n" * (1 << 20))

    assert response.status_code == 413
    assert "larger than 1 MB" in response.text
    assert session.scalars(select(Import)).all() == []


def test_a_mapping_that_cannot_work_comes_back_with_its_reasons(ann: Browser) -> None:
    columns = place(upload(ann, "a,b\n1,2\n"))

    response = ann.post(columns, data=form_of(ann.get(columns).text) | {"to.0": "name", "to.1": "name"})

    assert response.status_code == 422
    assert "3 things to put right" in response.text
    assert "cannot both be this" in response.text
    assert form_of(response.text)["to.1"] == "name"


def test_lines_that_will_be_left_out_are_shown_before_anything_starts(ann: Browser) -> None:
    page = ann.get(place(upload(ann, 'id,name\n1,a\n2\n3,"open\n'))).text

    assert "Line 3 will be left out: it has 1 cell, the header has 2." in page
    assert "Line 4 will be left out: A quotation mark opens in it" in page


def test_letters_that_are_wrong_are_read_again(ann: Browser, session: Session) -> None:
    columns = place(upload(ann, "id,name\n1,José\n".encode("utf-16-le")))
    assert "José" in ann.get(columns).text

    ann.post(columns, data={"reread": "yes", "encoding": "latin-1", "delimiter": ";"})

    reading = ImportSettings.from_json(session.scalars(select(Import)).one().reading)
    assert (reading.dialect.encoding, reading.dialect.delimiter, reading.dialect.header) == ("latin-1", ";", False)
    assert ann.post(columns, data={"reread": "yes", "encoding": "klingon", "delimiter": ";"}).status_code == 400


def test_progress_is_told_only_when_there_is_some(ann: Browser, steps: Any) -> None:
    columns = place(upload(ann, "id\n1\n"))
    progress = place(ann.post(columns, data=form_of(ann.get(columns).text)))
    poll = re.search(r'hx-get="([^"]+mark=[^"]+)"', ann.get(progress).text)
    assert poll is not None

    assert ann.htmx(poll[1]).status_code == 204
    steps(progress)

    done = ann.htmx(poll[1])
    assert done.status_code == 200
    assert "The one line was taken" in done.text
    assert "hx-get" not in done.text


def test_an_upload_is_thrown_away_and_a_started_one_is_not_mapped_again(ann: Browser, session: Session, uploads: Path) -> None:
    first = place(upload(ann, "id\n1\n")).removesuffix("/columns")
    assert "was thrown away" in ann.get(place(ann.post(f"{first}/stop"))).text
    assert list(uploads.iterdir()) == []

    columns = place(upload(ann, "id\n1\n"))
    progress = place(ann.post(columns, data=form_of(ann.get(columns).text)))
    assert place(ann.get(columns)) == progress
    ann.post(f"{progress}/stop")
    assert "The import was stopped" in ann.get(progress).text


def test_a_failed_import_can_go_on(ann: Browser, session: Session, uploads: Path, steps: Any) -> None:
    columns = place(upload(ann, "id\n1\n"))
    progress = place(ann.post(columns, data=form_of(ann.get(columns).text)))
    (path,) = uploads.iterdir()
    content = path.read_bytes()
    path.unlink()
    steps(progress)
    assert "not there any more" in ann.get(progress).text

    path.write_bytes(content)
    ann.post(f"{progress}/go-on")
    steps(progress)

    assert "The one line was taken" in ann.get(progress).text


def test_viewers_do_not_import(bo: Browser) -> None:
    assert bo.get("/customers/imports").status_code == 403
    assert upload(bo, "id\n1\n").status_code == 403
    assert bo.get(f"/customers/imports/imp_{'0' * 32}").status_code == 403


def test_the_token_of_the_form_is_asked_for_an_upload_too(ann: Browser, app: Any) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        response = upload(ann, "id\n1\n")
    finally:
        app.config["WTF_CSRF_ENABLED"] = False

    assert response.status_code == 400
    assert "no longer valid" in response.text


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_a_time_outside_the_calendar_costs_its_cell(ann: Browser, session: Session, project: Any, steps: Any, zone: str) -> None:
    project.zone = zone
    session.flush()
    columns = place(upload(ann, "id;Seen\n1;2026-11-20 10:00\n2;0001-01-01 00:00:00\n3;9999-12-31 23:59:59\n"))
    data = form_of(ann.get(columns).text) | {"to.1": "metadata", "key.1": "seen", "type.1": "datetime"}

    progress = place(ann.post(columns, data=data))
    steps(progress)

    page = ann.get(progress).text
    assert "All 3 lines were taken" in page
    assert page.count("is not a date with a time") == 2
    assert [customer.details.keys() for customer in session.scalars(select(Customer).order_by(Customer.source_id))] == [
        {"seen"},
        set(),
        set(),
    ]


def test_a_time_that_was_kept_before_such_years_were_refused_leaves_the_form_usable(
    ann: Browser, session: Session, project: Any, add: Any
) -> None:
    project.zone = "Europe/Berlin"
    metadata.register(session, {"seen": "datetime"})
    customer = add(source_id="old")
    customer.details = {"seen": "9999-12-31T23:59:59Z"}
    session.flush()

    for page in ("", "/edit"):
        assert "9999-12-31" in ann.get(f"/customers/{outside(Prefix.CUSTOMER, customer.id)}{page}").text


def test_control_characters_are_taken_out_of_every_cell_and_told(ann: Browser, session: Session, steps: Any) -> None:
    columns = place(upload(ann, b'id;Na\x07me;Note\r\n1;A\x1bB;"x\r\ny\x7f"\r\n2;Eli;"a\r\nb"\r\n3;\xe2\x80\x8dJo;z\r\n'))
    page = ann.get(columns).text
    assert "\x07" not in page
    progress = place(ann.post(columns, data=form_of(page)))
    steps(progress)

    assert ann.get(progress).text.count("Control characters were taken out of it.") == 1
    kept = session.scalars(select(Customer).order_by(Customer.source_id)).all()
    assert [customer.name for customer in kept] == ["AB", "Eli", "\u200dJo"]
    assert [customer.details["note"] for customer in kept] == ["x\ny", "a\nb", "z"]


@pytest.mark.parametrize(
    ("yes", "no"),
    [("WAHR", "FALSCH"), ("VRAI", "FAUX"), ("VERDADERO", "FALSO"), ("VERO", "FALSO"), ("PRAWDA", "FAŁSZ"), ("WAAR", "ONWAAR"),
     ("ADEVĂRAT", "FALS"), ("DOĞRU", "YANLIŞ"), ("ИСТИНА", "ЛОЖЬ"), ("ІСТИНА", "ХИБНІСТЬ"), ("tak", "nie"), ("Sim", "Não")],
)  # fmt: skip
def test_a_yes_of_another_language_is_never_a_no_that_was_lost(ann: Browser, session: Session, steps: Any, yes: str, no: str) -> None:
    header = "Record ID,First Name,Last Name,Email,Unsubscribed from all email"
    columns = place(upload(ann, f"{header}\n1,A,B,a@x.example.com,{yes}\n2,C,D,c@x.example.com,{no}\n"))
    progress = place(ann.post(columns, data=form_of(ann.get(columns).text)))
    steps(progress)

    assert "All 2 lines were taken" in ann.get(progress).text
    assert "neither yes nor no" not in ann.get(progress).text
    assert session.scalars(select(Suppression.kind)).all() == ["email"]


def test_unsubscribed_people_are_not_taken_silently(ann: Browser, session: Session, steps: Any) -> None:
    """Without a permission of its own, an export of unsubscribed contacts is a no to every mail; page and report say so."""
    columns = place(upload(ann, (SAMPLES / "mailchimp_unsubscribed.csv").read_bytes()))
    page = ann.get(columns).text
    assert "UNSUB_TIME says no to a permission that nobody has chosen yet" in " ".join(re.sub("<[^>]+>", "", page).split())
    progress = place(ann.post(columns, data=form_of(page)))
    steps(progress)

    assert re.search(r"<dt>Never written to</dt><dd>1</dd>", ann.get(progress).text)
    assert session.scalars(select(Suppression.kind)).all() == ["email"]
