"""Codes that come from elsewhere and go there: imports, used codes, exports; and which codes are usable."""

import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

import settings
from domain.incentives.campaigns.find import campaigns
from domain.incentives.codes import export, files
from domain.incentives.codes.find import CodeFilter, codes
from domain.incentives.codes.pool import Pool, pool
from domain.incentives.ledger import check as ledger
from domain.incentives.ledger import redeemable as active
from domain.incentives.ledger.assign import publish, reserve
from domain.incentives.ledger.redeemable import Standing
from domain.incentives.pool_files import kept, write
from domain.kernel import clock
from domain.kernel.errors import Refused
from domain.kernel.text import csv_writer
from domain.tables import workspace
from domain.tables.customers import Member, Segment
from domain.tables.incentives import Campaign, CodeFile
from domain.tables.journal import Job
from tests.domain.incentives.campaigns.test_campaigns import ANN, work
from tests.domain.incentives.given import a_campaign, a_customer, one, recipients

CASES = Path(__file__).parents[3] / "cases"

pytestmark = pytest.mark.every_locale


def read(session: Session, campaign: Campaign, content: str | bytes, kind: str = "codes") -> tuple[CodeFile, dict[str, Any]]:
    data = content.encode() if isinstance(content, str) else content
    file = files.begin(session, ANN, campaign, kind, "codes.csv", data)
    work(session)
    return file, session.get_one(Job, file.job_id).report


def said(session: Session, file: CodeFile) -> dict[int, str]:
    return {row.line: row.words for row in session.execute(text("SELECT * FROM code_remarks WHERE file_id = :id"), {"id": file.id})}


def test_a_list_of_codes_is_imported_and_what_is_left_out_is_said(session: Session) -> None:
    campaign, other = a_campaign(session, pattern="", charset=""), a_campaign(session, name="Welcome", pattern="", charset="")
    read(session, other, "TAKEN-1\n")
    read(session, campaign, "MINE-1\n")

    file, report = read(session, campaign, "NEW-1\nnew-1\n\nMINE-1\ntaken-1\nA B\n" + "X" * 65 + "\nNEW-2\n<b>\n")

    assert said(session, file) == {
        2: "The same code stands in line 1.",
        4: "Is in this pool already.",
        5: "Belongs to the campaign “Welcome” already.",
        6: "Has characters that codes cannot have: a space.",
        7: "Is 65 characters long; codes have at most 64.",
        9: "Has characters that codes cannot have: < >.",
    }
    assert report == {"read": 8, "taken": 2, "left_out": 6, "remarks": 6}
    assert pool(session, campaign.id) == Pool(free=3)
    assert ledger.check(session) == []


def test_headers_delimiters_and_encodings_of_other_programs_are_understood(session: Session) -> None:
    for n, content in enumerate((
        "Name;Voucher code;x\nDina;AAA-{n};1\n",
        "\ufeffcode\nAAA-{n}\n",
        "AAA-{n},something\r\n",
        "AAA-{n}",
        "\ufeffcode\tx\nAAA-{n}\t1\n",
    )):  # fmt: skip
        campaign = a_campaign(session, pattern="", charset="")
        read(session, campaign, content.replace("{n}", str(n)).encode("utf-16" if n == 4 else "utf-8"))
        assert one(session, "SELECT code FROM vouchers WHERE campaign_id = :id", id=campaign.id) == f"AAA-{n}"
    campaign = a_campaign(session, pattern="", charset="")
    read(session, campaign, "KÄSE-1\n".encode("cp1252"))
    assert one(session, "SELECT code FROM vouchers WHERE campaign_id = :id", id=campaign.id) == "KÄSE-1"


def test_a_long_list_is_read_in_slices_that_join_without_a_seam(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "A_SLICE", 100)
    campaign = a_campaign(session, pattern="", charset="")

    _, report = read(session, campaign, "code,note\n" + "".join(f"CODE-{n:04},ä\n" for n in range(300)))

    assert report["taken"] == 300
    assert one(session, "SELECT count(*) FROM vouchers WHERE code ~ '^CODE-[0-9]{4}$'") == 300
    assert one(session, "SELECT length(content) FROM code_files") == 0


def test_an_empty_list_is_refused_and_a_line_without_end_fails_in_words(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = a_campaign(session, pattern="", charset="")
    with pytest.raises(Refused, match="nothing in it"):
        files.begin(session, ANN, campaign, "codes", "x.csv", b" \n")
    monkeypatch.setattr(files, "A_SLICE", 100)

    file, _ = read(session, campaign, "X" * 500)

    assert "not a list of codes" in session.get_one(Job, file.job_id).error


def test_used_codes_are_marked_once_and_what_is_strange_is_said(session: Session) -> None:
    campaign, other = a_campaign(session, codes=0, redemption_limit=None), a_campaign(session, name="Welcome")
    read(session, campaign, "".join(f"C-{n}\n" for n in range(6)))
    read(session, other, "W-1\n")
    dina = a_customer(session)
    mine = publish(session, campaign.id, dina.id).code
    held = reserve(session, campaign.id, recipients(session, 1))
    on_its_way = one(session, "SELECT code FROM vouchers WHERE id = :id", id=next(iter(held.codes.values())))
    free, void = session.scalars(text("SELECT code FROM vouchers WHERE is_free AND campaign_id = :id LIMIT 2"), {"id": campaign.id}).all()
    session.execute(text("UPDATE vouchers SET state = 'void', is_free = false, void_reason = 'lost' WHERE code = :c"), {"c": void})
    session.execute(
        text("INSERT INTO pool_deltas (campaign_id, state, delta) VALUES (:c, 'free', -1), (:c, 'void', 1)"), {"c": campaign.id}
    )

    used = f"code,when,amount\n{mine.lower()},2026-11-01 12:00,18.40\n{mine},2026-11-02 12:00,1.60\n{on_its_way},,\n{free},01.11.2026,5\n"
    file, report = read(session, campaign, used + f"{void},,\nnone,,\nW-1,,\n{mine},never,\n{mine},,x\n", "used")
    again, second = read(session, campaign, used, "used")

    assert said(session, file) == {
        5: "Was given to nobody, yet used: it is withdrawn, so that no customer gets a used code.",
        6: "Was withdrawn, so it should not have been accepted.",
        7: "There is no such code.",
        8: "Is a code of the campaign “Welcome”.",
        9: "“never” is not a date with a time. Write it like 2026-11-20 14:30.",
        10: "“x” is not an amount. Write it like 12.50.",
    }
    assert (report["taken"], second["taken"]) == (4, 0)
    assert "known already" in said(session, again)[2]
    assert "known as used already" in said(session, again)[4]
    row = session.execute(text("SELECT * FROM vouchers WHERE code = :code"), {"code": mine}).one()
    assert (row.redeemed, row.redeemed_minor, row.state) == (2, 2_000, "assigned")
    assert one(session, "SELECT state FROM vouchers WHERE code = :code", code=on_its_way) == "assigned"
    assert one(session, "SELECT state || ' ' || void_reason FROM vouchers WHERE code = :code", code=free) == "void used in the shop"
    assert pool(session, campaign.id) == Pool(free=2, assigned=2, void=2, redeemed=3)
    assert one(session, "SELECT count(*) FROM events WHERE kind = 'customer.redemption.succeeded' AND customer_id = :id", id=dina.id) == 2
    assert ledger.check(session) == []


def test_the_pool_is_exported_with_holders_links_and_guarded_cells(session: Session) -> None:
    project = workspace.current_project(session)
    project.public_url, project.shop_link = "https://rye.example", "https://shop.example/?code={{ voucher.code }}"
    campaign = a_campaign(session, pattern="", charset="", valid_days=10)
    read(session, campaign, "=cmd\nB&1\n")
    dina = a_customer(session, typed_name="Dina Okafor", email="dina@example.com", source_id="crm-1")
    given = publish(session, campaign.id, dina.id)

    header, *found = list(export.rows(session, campaign.id, CodeFilter()))
    lines = "".join(csv_writer.lines(export.rows(session, campaign.id, CodeFilter())))

    rows = {row[0]: dict(zip(header, row, strict=True)) for row in found}
    assert rows[given.code]["customer_email"] == "dina@example.com"
    assert rows[given.code]["expires_at"]
    assert rows["B&1"]["shop_link"] == "https://shop.example/?code=B%261"
    assert rows["B&1"]["qr_url"].startswith("https://rye.example/q/")
    assert "'=cmd," in lines


def test_a_file_is_written_in_steps_that_may_be_repeated_and_lies_there_for_a_day(
    session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LARGESSE_DATA", str(tmp_path))
    settings.current.cache_clear()
    monkeypatch.setattr("domain.incentives.pool_files.write.A_STEP", 2)
    monkeypatch.setattr("domain.incentives.codes.export.BATCH", 3)
    campaign = a_campaign(session, codes=20)
    publish(session, campaign.id, a_customer(session, typed_name="=Dina").id)
    job = write.ask(session, ANN, campaign, CodeFilter(), 21)
    file = kept.path(job)

    assert write.step(session, job) is False
    with file.open("ab") as torn:
        torn.write(b"a step that was killed")
    while not write.step(session, job):
        pass

    assert file.read_bytes().decode() == "".join(csv_writer.lines(export.rows(session, campaign.id, CodeFilter())))
    assert (job.done, job.total, file.stat().st_mode & 0o777) == (20, 20, 0o600)
    job.state, job.ended_at = "done", clock.now(session) - kept.KEPT
    kept.sweep(session)
    assert file.exists()
    job.ended_at -= datetime.timedelta(seconds=1)
    kept.sweep(session)
    assert not file.exists()
    assert kept.latest(session, campaign.id) == []
    settings.current.cache_clear()


def test_codes_are_found_by_their_beginning_by_their_holder_and_by_state(session: Session) -> None:
    campaign = a_campaign(session, pattern="", charset="")
    read(session, campaign, "RYE-1\nRYE-2\nOAT-1\n")
    dina = a_customer(session, typed_name="Dina Okafor", email="dina@example.com")
    given = publish(session, campaign.id, dina.id).code

    def found(**asked: str) -> set[str]:
        return {v.code for v, _ in session.execute(codes(session, campaign.id, CodeFilter(**asked)))}

    assert found(text="rye") == {"RYE-1", "RYE-2"}
    assert found(text="dina o") == found(text="dina@ex") == found(state="given") == {given}
    assert found(state="free") == {"RYE-1", "RYE-2", "OAT-1"} - {given}
    assert found(state="used") == found(state="void") == found(state="reserved") == set()
    assert len(list(session.scalars(campaigns(text="AUTUMN", kind="discount", on=True)))) == 1
    assert list(session.scalars(campaigns(text="autumn%"))) == []


def test_how_a_code_stands_is_one_answer(session: Session) -> None:
    now, dina = clock.now(session), a_customer(session)
    segment = Segment(name="VIP", name_key="vip", kind="manual", created_at=now, updated_at=now)
    session.add(segment)
    session.flush()
    later, before = now + datetime.timedelta(days=1), now - datetime.timedelta(days=1)
    wanted: dict[Standing, dict[str, Any]] = {
        Standing.USABLE: {"ends_at": later, "starts_at": before},
        Standing.USED: {},
        Standing.EXPIRED: {"ends_at": later},
        Standing.OFF: {"active": False},
        Standing.NOT_YET: {"starts_at": later},
        Standing.OUTSIDE: {"segment_id": segment.id},
    }
    for standing, changes in wanted.items():
        campaign = a_campaign(session, codes=1, name=standing.value)
        publish(session, campaign.id, dina.id)
        for name, value in changes.items():
            setattr(campaign, name, value)
    session.flush()
    session.execute(text("UPDATE vouchers SET redeemed = 1 FROM campaigns c WHERE c.id = campaign_id AND c.name = 'used'"))
    session.execute(
        text("UPDATE vouchers SET expires_at = :b FROM campaigns c WHERE c.id = campaign_id AND c.name = 'expired'"), {"b": before}
    )

    held = active.coupons(session, dina.id)

    assert {coupon.campaign.name: coupon.standing for coupon in held} == {standing.value: standing for standing in wanted}
    assert [coupon.campaign.name for coupon in active.coupons(session, dina.id, only_active=True)] == ["usable"]
    session.add(Member(segment_id=segment.id, customer_id=dina.id, entered_at=now))
    session.flush()
    assert {c.campaign.name for c in active.coupons(session, dina.id, only_active=True)} == {"usable", "outside"}


def test_codes_that_a_spreadsheet_spoilt_are_taken_to_the_letter_and_named(session: Session) -> None:
    campaign = a_campaign(session, pattern="", charset="")

    file, report = read(session, campaign, (CASES / "codes-excel.csv").read_bytes())

    codes = set(session.scalars(text("SELECT code FROM vouchers WHERE campaign_id = :id"), {"id": campaign.id}))
    assert codes == {"0012345", "12345", "1E5", "2.00E+05", "0099", "MAR-12", "12-Mar"}
    assert {line: words.rpartition("looks like ")[2] for line, words in said(session, file).items()} == {
        4: "a number that a spreadsheet shortened.",
        5: "a number that a spreadsheet shortened.",
        8: "a date that a spreadsheet made.",
    }
    assert (report["taken"], report["left_out"]) == (7, 0)


def used_list(session: Session, content: bytes, **decided: Any) -> dict[str, tuple[str, int]]:
    """Code -> when it was used and what the order came to, or why its line was left out."""
    campaign = a_campaign(session, pattern="", charset="")
    read(session, campaign, "".join(f"USED-000{n}\n" for n in range(1, 9)))
    file = files.begin(session, ANN, campaign, "used", "used.csv", content, decided)
    work(session)
    rows = session.execute(
        text("SELECT v.code, u.at, u.minor FROM redemptions u JOIN vouchers v ON v.id = u.voucher_id WHERE u.campaign_id = :id"),
        {"id": campaign.id},
    )
    left_out = session.execute(text("SELECT cell, words FROM code_remarks WHERE file_id = :id AND left_out"), {"id": file.id})
    return {row.code: (f"{row.at:%d %H:%M}", row.minor) for row in rows} | {row.cell: (row.words, -1) for row in left_out}


def test_amounts_and_days_of_used_codes_are_never_guessed(session: Session) -> None:
    found = used_list(session, (CASES / "used-thousands.csv").read_bytes())

    assert found.pop("USED-0001") == (
        "“1,000” could be 1000 or 1: the sign in it could be one for thousands. Write it like 1000 or 12.50.", -1)  # fmt: skip
    assert {code: minor for code, (_, minor) in found.items()} == {
        "USED-0002": 100_000, "USED-0003": 1250, "USED-0004": 1250,
        "USED-0005": 999, "USED-0006": 999, "USED-0007": 999, "USED-0008": 999,
    }  # fmt: skip
    assert found["USED-0005"][0] == "20 15:05"


@pytest.mark.parametrize(
    ("lines", "decided", "minor"),
    [
        ("2026-11-02;1,000\n2026-11-02;12,50\n", {}, 100),
        ("2026-11-02;12.50\n2026-11-02;1,000\n", {}, 100_000),
        ("2026-11-02;1,000\n", {"decimal": "."}, 100_000),
        ("2026-11-02;1,000\n", {"decimal": ","}, 100),
        ("02/11/2026;1,000.00\n11/20/2026;1\n", {}, None),
        ("02/11/2026;1,000.00\n20/11/2026;1\n", {}, 100_000),
        ("02/11/2026;5\n", {"day_first": True}, 500),
    ],
)  # fmt: skip
def test_another_line_or_a_person_decides(
    session: Session, monkeypatch: pytest.MonkeyPatch, lines: str, decided: dict[str, Any], minor: int | None
) -> None:
    monkeypatch.setattr(files, "A_SLICE", 40)
    numbered = "".join(f"USED-000{n};{line}\n" for n, line in enumerate(lines.splitlines(), 1))

    found = used_list(session, f"code;when;amount\n{numbered}".encode(), **decided)

    code = f"USED-000{next(n for n, line in enumerate(lines.splitlines(), 1) if ',000' in line or line.endswith(';5'))}"
    assert found[code][1] == minor if minor is not None else "11 00:00" in found[code][0]
