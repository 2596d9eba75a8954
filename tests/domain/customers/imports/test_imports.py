"""Files of customers become customers: line by line, once, whatever is wrong with them and whenever they are cut off."""

import csv
import datetime
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.customers.consents import change, opt_outs, unsubscribe
from domain.customers.imports import mapping, report, start
from domain.customers.imports import run as step
from domain.customers.imports.mapping import Column, ImportSettings
from domain.customers.profiles import metadata
from domain.journal import jobs
from domain.journal.events import EventKind
from domain.kernel import clock
from domain.kernel.errors import Refused, Stale
from domain.kernel.text import csv_writer
from domain.tables.customers import Consent, ConsentLog, Customer, Permission, Suppression
from domain.tables.imports import Import, ImportRemark
from domain.tables.journal import Event, Job
from domain.tables.workspace import Project
from tests.cast import ANN
from workers.clock import purge
from workers.queue.job_kinds import job_kind

pytestmark = [pytest.mark.usefixtures("uploads", "project"), pytest.mark.every_locale]


def upload(session: Session, content: str | bytes) -> Import:
    raw = content.encode() if isinstance(content, str) else content
    return start.upload(session, ANN, io.BytesIO(raw), "customers.csv")


def settings_of(file: Import, **other: Any) -> ImportSettings:
    return replace(ImportSettings.from_json(file.reading), **other)


def finish(session: Session, job: Job) -> dict[str, int]:
    while jobs.advance(session, job.id, job_kind):
        session.flush()
    assert job.error == ""
    return job.report


def take(session: Session, content: str | bytes, **other: Any) -> tuple[Import, dict[str, int]]:
    file = upload(session, content)
    return file, finish(session, start.start(session, ANN, file, settings_of(file, **other)))


def customer(session: Session, source_id: str) -> Customer:
    session.expire_all()
    return session.scalars(select(Customer).where(Customer.source_id == source_id)).one()


def remarks(session: Session, file: Import) -> list[tuple[int, bool, str]]:
    rows = session.scalars(select(ImportRemark).where(ImportRemark.import_id == file.id).order_by(ImportRemark.line, ImportRemark.id))
    return [(r.line, r.left_out, r.text) for r in rows]


def test_a_file_becomes_customers(session: Session) -> None:
    file, counts = take(
        session,
        "Source_id,Name,Email,Phone,Birthdate,Address_City,Spend,Last order,VIP\n"
        "7,Dina Okafor,Dina@okafor.example,07700 900123,1990-06-02,Bristol,12.50,2011-12-09,yes\n"
        "8,Eli Stone,eli@stone.example,,,,0,,no\n",
    )

    assert counts == {"read": 2, "created": 2, "changed": 0, "same": 0, "left_out": 0, "notes": 0}
    dina = customer(session, "7")
    assert (dina.name, dina.email, dina.phone, str(dina.birthdate), dina.city) == (
        "Dina Okafor", "Dina@okafor.example", "+447700900123", "1990-06-02", "Bristol")  # fmt: skip
    assert dina.details == {"spend": 12.5, "last_order": "2011-12-09", "vip": True}
    assert customer(session, "8").details == {"spend": 0, "vip": False}
    assert metadata.types(session) == {"last_order": "date", "spend": "number", "vip": "boolean"}
    assert dina.email_hash == session.scalar(text("SELECT encode(sha256('email:dina@okafor.example'), 'hex')"))
    assert (dina.created_at - file.created_at).microseconds == 2
    assert not Path(file.path).exists()
    assert session.scalar(text("SELECT to_regclass(:t)"), {"t": f"import_{file.id.hex}"}) is None


def test_everybody_who_changed_is_marked_once_and_silently(session: Session) -> None:
    take(session, "id,name\n1,Dina\n2,Eli\n")
    take(session, "id,name\n1,Dina\n2,Eli S\n", react=True)

    marked = session.execute(text("SELECT facts, silent, count(*) FROM dirty_customers GROUP BY 1, 2 ORDER BY 2")).all()
    assert [tuple(row) for row in marked] == [(["*"], False, 1), (["*"], True, 2)]
    events = session.execute(select(Event.kind, Event.facts).order_by(Event.id)).all()
    assert [(kind, facts["line"], facts["new"]) for kind, facts in events] == [
        ("customer.imported", 2, True), ("customer.imported", 3, True), ("customer.imported", 3, False)]  # fmt: skip


@pytest.mark.parametrize("react", [False, True])
def test_whatever_a_file_brings_wakes_live_distributions_only_where_it_may(
    session: Session, offers: Permission, monkeypatch: pytest.MonkeyPatch, *, react: bool
) -> None:
    brought = {EventKind.IMPORTED, EventKind.CONSENT_GIVEN, EventKind.SUPPRESSED}
    for kind in brought:  # as where a trigger waits for it
        monkeypatch.setattr(kind, "wakes", True)

    take(session, "source_id,email,permissions,suppressed\n7,dina@okafor.example,Offers,yes\n", react=react)

    assert set(session.scalars(select(Event.kind))) == brought
    assert session.scalar(text("SELECT count(*) FROM event_work")) == (len(brought) if react else 0)


def test_the_same_file_twice_changes_nothing(session: Session) -> None:
    content = "id,email,spend\n1,a@x.example,5\n2,b@x.example,6\n"
    take(session, content)

    _, counts = take(session, content)

    assert (counts["created"], counts["changed"], counts["same"]) == (0, 0, 2)
    assert session.scalars(select(Customer.row_version)).all() == [1, 1]


def test_an_empty_cell_keeps_unless_it_is_said_to_clear(session: Session) -> None:
    take(session, "id,name,email,birthdate,spend\n1,Dina,d@x.example,1990-06-02,5\n")

    take(session, "id,name,email,birthdate,spend\n1,,,,\n")
    kept = customer(session, "1")
    assert (kept.name, kept.email, kept.details) == ("Dina", "d@x.example", {"spend": 5})

    take(session, "id,name,email,birthdate,spend\n1,,,,\n", empty_clears=True)
    cleared = customer(session, "1")
    assert (cleared.name, cleared.email, cleared.email_hash, cleared.birthdate, cleared.details) == ("", "", "", None, {})
    assert cleared.source_id == "1"


def test_the_last_line_of_a_customer_wins_and_the_others_are_reported(session: Session) -> None:
    file, counts = take(session, "id,name,city\n1,first,Bath\n2,other,\n1,last,\n")

    assert (counts["read"], counts["created"], counts["left_out"]) == (3, 2, 1)
    assert (customer(session, "1").name, customer(session, "1").city) == ("last", "")
    assert remarks(session, file) == [(2, True, "Line 4 is about the same customer (1) and comes later: it wins.")]


def test_an_address_finds_a_customer_only_when_one_has_it(session: Session, add: Callable[..., Customer]) -> None:
    one = add(name="One", email="one@x.example")
    for name in ("Twin", "Twin again"):
        add(name=name, email="twin@x.example")

    file, counts = take(session, "email,city\nONE@x.example,Bath\ntwin@x.example,York\nnew@x.example,Hull\n")

    session.expire_all()
    assert one.city == "Bath"
    assert (counts["created"], counts["changed"], counts["left_out"]) == (1, 1, 1)
    assert remarks(session, file)[0][0::2] == (3, "2 customers have this e-mail address. A column with your id would say which one.")


def test_a_customer_without_an_id_is_given_it_by_a_unique_address(session: Session, add: Callable[..., Customer]) -> None:
    hand_made = add(name="Dina", email="dina@x.example")

    file, counts = take(session, "id,email\n7,dina@x.example\n8,dina@x.example\n")

    assert customer(session, "8").id == hand_made.id
    assert (counts["created"], counts["changed"], counts["notes"]) == (1, 1, 1)
    assert "was given the id" in remarks(session, file)[0][2]


def test_numbers_recognise_where_nothing_better_does(session: Session) -> None:
    take(session, "phone,city\n07700 900123,Bath\n")

    _, counts = take(session, "phone,city\n+44 7700 900123,York\n")

    assert (counts["created"], counts["changed"]) == (0, 1)


def test_wrong_lines_are_left_out_with_their_reason_and_their_cells(session: Session) -> None:
    content = (
        "id,email,phone,spend,city\n"
        "1,not an address,,,\n"
        "2,b@x.example,12,,\n"
        "3,c@x.example,,a lot,\n"
        "4,d@x.example,,,York,too much\n"
        "5,e@x.example\n"
        ",,,5,\n"
        '6,"open,,,\n'
        "7,ok@x.example,,7,=1+1\n"
    )
    file = upload(session, content)
    columns = list(ImportSettings.from_json(file.reading).columns)
    columns[3] = Column("metadata", "spend", "number")

    counts = finish(session, start.start(session, ANN, file, settings_of(file, columns=tuple(columns), leave_out_line=True)))

    said = remarks(session, file)
    assert [(line, out) for line, out, _ in said] == [(n, True) for n in (2, 3, 4, 5, 6, 7, 8)]
    for (_, _, words), part in zip(
        said,
        ("no e-mail address", "too short", "not a number", "6 cells, the header has 5", "2 cells", "to recognise", "not closed"),
        strict=True,
    ):
        assert part in words
    assert (counts["read"], counts["created"], counts["left_out"]) == (8, 1, 7)
    rows = list(csv.reader(io.StringIO("".join(csv_writer.lines(report.rows(session, file))).lstrip("\ufeff"))))
    assert rows[0] == ["Line", "Outcome", "Column", "Why", "id", "email", "phone", "spend", "city"]
    assert rows[1][:3] + rows[1][4:] == ["2", "left out", "email", "1", "not an address", "", "", ""]


def test_a_report_put_right_can_be_imported_again(session: Session) -> None:
    file, _ = take(session, "id,name,phone\n1,=x,+44 7700 9\n2,y\n", leave_out_line=True)
    rows = "".join(csv_writer.lines(report.rows(session, file))).replace("7700 9", "7700 900123")

    again, counts = take(session, rows)

    assert ImportSettings.from_json(again.reading).columns[:4] == (Column(),) * 4
    assert (counts["created"], customer(session, "1").name, customer(session, "1").phone) == (1, "=x", "+447700900123")


def test_a_wrong_cell_may_cost_only_itself(session: Session) -> None:
    file, counts = take(session, "id,email,phone\n1,nonsense,07700 900123\n", leave_out_line=False)

    assert (counts["created"], counts["left_out"], counts["notes"]) == (1, 0, 1)
    assert (customer(session, "1").email, customer(session, "1").phone) == ("", "+447700900123")
    assert remarks(session, file)[0][1] is False


def test_zero_bytes_are_taken_out_and_told(session: Session) -> None:
    file, _ = take(session, b"id,name\n1,Di\0na\n")

    assert customer(session, "1").name == "Dina"
    assert remarks(session, file) == [(2, False, "Zero bytes were taken out of it.")]


def test_formulas_are_disarmed_in_the_report_and_numbers_are_not() -> None:
    cells = ["=1+1", "+cmd", "-1.50", "+447700900018", "@x", "\tx", "2"]

    assert [csv_writer.guarded(cell) for cell in cells] == ["'=1+1", "'+cmd", "-1.50", "+447700900018", "'@x", "'\tx", "2"]


def test_consents_come_with_when_and_how(session: Session, offers: Permission) -> None:
    file, counts = take(
        session,
        "id,email,offers,consent_at,consent_source\n"
        "1,a@x.example,yes,2024-05-01 10:00,web form\n2,b@x.example,no,,\n"
        "3,c@x.example,,,\n4,d@x.example,perhaps,,\n5,e@x.example,yes,soon,\n",
        leave_out_line=True,
    )

    given = {c.customer_id: c for c in session.scalars(select(Consent))}
    one, two = given[customer(session, "1").id], given[customer(session, "2").id]
    assert (one.given, one.at.isoformat(), one.how) == (True, "2024-05-01T09:00:00+00:00", "import: web form")
    assert (two.given, two.how) == (False, "import")
    assert len(given) == 3
    assert counts["left_out"] == 1
    assert [text for _, _, text in remarks(session, file)] == [
        "“perhaps” is neither yes nor no.", "“soon” is no date; the permissions are dated by the import."]  # fmt: skip
    assert len(session.scalars(select(ConsentLog)).all()) == 3


NO_BY_WORD = {"": False, "no": False, "FALSE": False, "0": False, "nein": False, "n/a": False, "[]": False, "none": False} | dict.fromkeys(
    ("yes", "TRUE", "1", "unsubscribed", "Opted out", "withdrawn", "never", "revoked", "perhaps", "subscribed", "unknown", "2024-02-31"),
    True,
)
"""What a cell about who must not be written to says -> whether it is a no."""
CLEAR = {"yes", "TRUE", "1", "unsubscribed", "Opted out", "withdrawn", "never", "revoked"}
SILENCING = ("suppress", "suppress_at", "suppress_email", "suppress_email_at", "optout", "withdrawn")


@pytest.mark.parametrize("leave_out_line", [False, True])
@pytest.mark.parametrize("to", SILENCING)
def test_nobody_is_written_to_by_a_doubt(session: Session, offers: Permission, to: str, leave_out_line: bool) -> None:
    """A word that is neither yes nor no counts as a no, whatever is done with wrong cells; the report names it."""
    lines = "".join(f"{n},p{n}@x.example,{word}\n" for n, word in enumerate(NO_BY_WORD))
    column = Column(to, str(offers.id) if to in mapping.OF_A_PERMISSION else "")

    file, counts = take(
        session, f"id,email,about\n{lines}", columns=(Column("source_id"), Column("email"), column), leave_out_line=leave_out_line
    )

    quiet = text("""SELECT email FROM customers c WHERE EXISTS (SELECT FROM suppressions s WHERE s.hash = c.email_hash)
                    OR EXISTS (SELECT FROM consents o WHERE o.customer_id = c.id AND NOT o.given)""")
    assert set(session.scalars(quiet)) == {f"p{n}@x.example" for n, no in enumerate(NO_BY_WORD.values()) if no}
    assert (counts["created"], counts["left_out"], counts.get("cells", 0)) == (len(NO_BY_WORD), 0, 0)
    if to in {"suppress", "suppress_email", "optout"}:
        doubted = [word for word, no in NO_BY_WORD.items() if no and word not in CLEAR]
        assert [said[2].partition(" is ")[0] for said in remarks(session, file)] == [f"“{word}”" for word in doubted]
        assert all("counts as a no" in said for _, _, said in remarks(session, file))


def test_a_no_to_mails_leaves_the_phone_alone(session: Session) -> None:
    take(session, "id,email,phone,Unsubscribed\n1,a@x.example,07700 900123,yes\n")

    assert session.scalars(select(Suppression.kind)).all() == ["email"]


def test_a_no_of_one_line_is_not_undone_by_a_later_line(session: Session, offers: Permission) -> None:
    take(session, "id,email,offers,suppressed\n1,a@x.example,no,\n1,a@x.example,yes,\n2,b@x.example,,yes\n2,b@x.example,yes,no\n")

    given = {consent.customer_id: consent.given for consent in session.scalars(select(Consent))}
    assert given == {customer(session, "1").id: False, customer(session, "2").id: True}
    assert session.scalars(select(Suppression.hash)).all() == [customer(session, "2").email_hash]


def test_an_opt_out_is_never_undone(session: Session, dina: Customer, offers: Permission) -> None:
    change.withdraw(session, ANN, [dina.id], offers, "unsubscribe link")

    file, counts = take(session, "source_id,permissions\ncrm-48213,Offers\n")

    session.expire_all()
    assert session.get_one(Consent, (dina.id, offers.id)).given is False
    assert "stays withdrawn" in remarks(session, file)[0][2]
    assert counts["notes"] == 1
    take(session, "source_id,offers\ncrm-48213,no\n")
    assert len(session.scalars(select(ConsentLog)).all()) == 2


def test_an_import_can_withdraw(session: Session, dina: Customer, offers: Permission) -> None:
    before = session.scalar(text("SELECT count(*) FROM dirty_customers"))

    take(session, "source_id,offers\ncrm-48213,unsubscribed\n")

    session.expire_all()
    assert session.get_one(Consent, (dina.id, offers.id)).given is False
    assert session.scalar(text("SELECT count(*) FROM dirty_customers")) == before + 1
    assert session.scalars(select(Event.kind).order_by(Event.id.desc()).limit(1)).one() == "customer.consents.revoked"


def test_the_file_may_name_addresses_never_to_be_written_to(session: Session, dina: Customer) -> None:
    take(session, "source_id,suppressed\ncrm-48213,yes\n")

    rows = session.execute(text("SELECT kind, hash, reason, source FROM suppressions ORDER BY kind")).all()
    assert [tuple(row) for row in rows] == [
        ("email", dina.email_hash, "import", "customers.csv"), ("phone", dina.phone_hash, "import", "customers.csv")]  # fmt: skip


def test_columns_are_guessed_by_their_names(session: Session, offers: Permission) -> None:
    file = upload(session, "Id,Source_id,E-Mail,offers,Loyalty Tier,,Joined,9lives,name,Name\n1,2,a@x.example,y,gold,,2020-01-02,1,a,b\n")

    columns = ImportSettings.from_json(file.reading).columns

    assert columns == (
        Column(), Column("source_id"), Column("email"), Column("consent", str(offers.id)), Column("metadata", "loyalty_tier", "text"),
        Column(), Column("metadata", "joined", "date"), Column("metadata", "_9lives", "number"), Column("name"), Column(),
    )  # fmt: skip


def test_a_mapping_that_cannot_work_is_refused_by_column(session: Session) -> None:
    metadata.register(session, {"spend": "number"})
    file = upload(session, "a,b,c,d,e\n1,2,3,4,5\n")
    columns = (Column("metadata", "spend", "text"), Column("name"), Column("name"), Column("metadata", "bad key"), Column("consent", "x"))

    with pytest.raises(Refused) as refused:
        start.start(session, ANN, file, settings_of(file, columns=columns))

    assert set(refused.value.mistakes) == {"columns", "column.0", "column.1", "column.2", "column.3", "column.4"}
    assert refused.value.mistakes["column.0"].startswith("“spend” is number already")
    assert file.job_id is None


def test_a_started_import_is_not_started_twice(session: Session) -> None:
    file, _ = take(session, "id\n1\n")

    with pytest.raises(Stale):
        start.start(session, ANN, file, settings_of(file))


def many(rows: int) -> str:
    return "id,email,spend\n" + "".join(f"{n},c{n}@x.example,{n}\n" for n in range(rows))


def test_an_import_cut_off_in_any_step_goes_on_without_doubles(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step, "READ", 40)
    monkeypatch.setattr("domain.customers.imports.merging.steps.MOST", 30)
    file = upload(session, many(100) + "7,again@x.example,1\nbad\n")
    job = start.start(session, ANN, file, settings_of(file))

    steps = 0
    while True:
        cut = session.begin_nested()
        jobs.advance(session, job.id, job_kind)
        cut.rollback()
        session.refresh(job)
        steps += 1
        if not jobs.advance(session, job.id, job_kind):
            break

    assert steps == 3 + 1 + 1 + 4 + 1 + 1  # read, the end of it, sort, merge, the end of it, tidy
    assert session.scalar(text("SELECT count(*) FROM customers")) == 100
    assert session.scalar(text("SELECT count(*) FROM dirty_customers")) == 100
    assert job.report == {"read": 102, "created": 100, "changed": 0, "same": 0, "left_out": 2, "notes": 0}
    assert len(remarks(session, file)) == 2
    assert job.done == job.total


@pytest.mark.parametrize("after", [1, 2, 5, 6])
def test_a_staging_table_that_a_crash_emptied_is_filled_again(session: Session, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    monkeypatch.setattr(step, "READ", 40)
    monkeypatch.setattr("domain.customers.imports.merging.steps.MOST", 30)
    file = upload(session, many(100) + "bad\n")
    job = start.start(session, ANN, file, settings_of(file))
    for _ in range(after):
        assert jobs.advance(session, job.id, job_kind)

    session.execute(text(f"TRUNCATE import_{file.id.hex}"))
    counts = finish(session, job)

    assert session.scalar(text("SELECT count(*) FROM customers")) == 100
    assert session.scalar(text("SELECT count(*) FROM events WHERE kind = 'customer.imported'")) == 100
    assert counts == {"read": 101, "created": 100, "changed": 0, "same": 0, "left_out": 1, "notes": 0}


def test_a_file_that_vanished_fails_in_words_and_can_be_taken_up_again(session: Session) -> None:
    file = upload(session, "id\n1\n")
    content = Path(file.path).read_bytes()
    job = start.start(session, ANN, file, settings_of(file))
    Path(file.path).unlink()

    assert jobs.advance(session, job.id, job_kind) is False
    assert (job.state, job.error) == ("failed", "The uploaded file is not there any more. Upload it again; nothing is imported twice.")
    with pytest.raises(Refused, match="not there any more"):
        start.go_on(session, ANN, file)

    Path(file.path).write_bytes(content)
    start.go_on(session, ANN, file)
    assert finish(session, job)["created"] == 1


def test_giving_up_keeps_what_is_merged_and_throws_the_file_away(session: Session) -> None:
    file = upload(session, "id\n1\n")
    start.discard(session, ANN, file)

    assert not Path(file.path).exists()
    assert report.history(session) == []
    with pytest.raises(Stale):
        start.start(session, ANN, file, settings_of(file))


def test_what_nobody_came_back_for_is_thrown_away(session: Session) -> None:
    forgotten = upload(session, "id\n1\n")
    torn = upload(session, "id\n1\n")
    job = start.start(session, ANN, torn, settings_of(torn))
    jobs.advance(session, job.id, job_kind)
    jobs.fail(session, job.id, job_kind, "The disk was full.")
    quoting, _ = take(session, "id,email\n1,nonsense\n")

    clock.shift(session, datetime.timedelta(days=8))
    fresh = upload(session, "id\n1\n")
    assert [Path(file.path).exists() for file in (forgotten, torn, fresh)] == [False, False, True]
    assert session.scalar(text("SELECT to_regclass(:t)"), {"t": f"import_{torn.id.hex}"}) is None
    assert len(remarks(session, quoting)) == 1

    clock.shift(session, datetime.timedelta(days=90))
    purge.import_remarks(session)
    assert remarks(session, quoting) == []


def test_reading_it_otherwise_guesses_again(session: Session, project: Project) -> None:
    file = upload(session, b"id;name\n1;Jos\xe9\n")
    assert ImportSettings.from_json(file.reading).dialect.encoding == "cp1252"

    start.reread(session, file, "latin-1", ",", header=False)

    settings = ImportSettings.from_json(file.reading)
    assert (settings.dialect.encoding, settings.header) == ("latin-1", ("Column 1",))
    assert mapping.mistakes(settings.columns, settings.header, {}, {})["columns"].startswith("Choose a column for your id")


@pytest.mark.long
def test_a_hundred_thousand_lines_take_seconds_and_little_memory(session: Session) -> None:
    import resource
    import time

    rows = "".join(f"{n},Customer {n},c{n}@example.com,+4477009{n % 100_000:05d},Bristol,{n},2011-12-09,yes\n" for n in range(100_000))
    file = upload(session, "id,name,email,phone,city,spend,last_order,vip\n" + rows)
    job = start.start(session, ANN, file, settings_of(file))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()

    counts = finish(session, job)

    took = time.process_time() - began
    print(f"{100_000 / took:,.0f} lines/s")
    assert counts["created"] == 100_000
    assert took < 60  # 7 seconds on a quiet machine
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000  # kB


def test_an_address_that_said_no_is_not_let_in_by_a_new_profile(session: Session, dina: Customer, offers: Permission) -> None:
    unsubscribe.one_click(session, dina.id, offers.id)
    mapped = [Column("source_id"), Column("email"), Column("consent", str(offers.id))]

    file, _ = take(session, f"id,mail,offers\ncrm-900,{dina.email},yes\ncrm-901,eve@x.example,no\n", columns=mapped)

    assert any(line == 2 and "said no to “Offers”" in words for line, _, words in remarks(session, file))
    assert session.get(Consent, (customer(session, "crm-900").id, offers.id)) is None
    assert opt_outs.of_customer(session, customer(session, "crm-901")).keys() == {offers.id}


def test_a_no_in_a_file_holds_for_others_with_the_address(session: Session, dina: Customer, offers: Permission) -> None:
    before = session.scalar(text("SELECT count(*) FROM dirty_customers"))

    take(
        session,
        f"id,mail,offers\ncrm-901,{dina.email},no\n",
        columns=[Column("source_id"), Column("email"), Column("consent", str(offers.id))],
    )

    assert opt_outs.held_back(session, [dina.id], offers.id) == {dina.id}
    marked = session.scalars(text("SELECT customer_id FROM dirty_customers ORDER BY id")).all()[before:]
    assert sorted(marked) == sorted([dina.id, customer(session, "crm-901").id])


@pytest.mark.long
def test_all_lines_of_a_long_file_are_asked_in_steps_and_little_memory(session: Session) -> None:
    import resource

    rows = "".join(f"{n},c{n}@example.com,{n % 28 + 1:02}/{n % 12 + 1:02}/2020,{n}\n" for n in range(200_000))
    file = upload(session, "id,email,joined,spend\n" + rows + "x,nonsense,1/2/2020,01067\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    job = start.check(session, ANN, file, settings_of(file))
    assert job.cursor["phase"] == "look"
    counts = finish(session, job)

    assert (counts["read"], counts["left_out"], counts["cells"]) == (200_001, 0, 1)
    assert ImportSettings.from_json(file.reading).columns[3].type == "text"
    assert session.scalar(text("SELECT count(*) FROM customers")) == 0
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000  # kB
