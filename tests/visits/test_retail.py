"""A real shop's customers, door to door: from the file to one mail with one code each, and a report that says what arrived."""

import csv
import io
import re
from pathlib import Path

import pytest
from sqlalchemy import text

from bench import sample
from tests.journeys.installation import Installation
from tests.sink import Mail, Running
from tests.visits.visitor import Visitor

pytestmark = pytest.mark.skipif(not sample.SOURCE.exists(), reason=f"left out: {sample.SOURCE} is not here")

CODE = re.compile(r"AUTUMN-[A-Z0-9]{8}")
LEAVES = (
    ("metadata.spend", "more_than", "10000"),
    ("metadata.last_order", "more_than_equal", "2011-09-10"),
    ("metadata.last_order", "before", "2011-12-10"),
    ("customer.country", "in", "Germany, France"),
)


def set_up(ada: Visitor, port: int) -> None:
    """Who we are, whom mails come from, and the relay that takes them."""
    ada.goto("/settings/project").press("Save the project", brand="Maple & Rye", postal_address="4 Corn Street, Bristol")
    ada.goto("/settings/project/senders/new").press("Add the sender", name="Maple & Rye", email="hello@maple.example")
    ada.goto("/connections/new/smtp")
    relay = {"f_host": "127.0.0.1", "f_port": str(port), "f_security": ada.choice("None"), "f_signing": ada.choice("My relay signs")}
    ada.press("Add this connection", relay, name="Relay")


def import_customers(ann: Visitor, installation: Installation, file: Path) -> None:
    ann.goto("/customers/imports").press("Upload", files={"file": ("customers.csv", file.read_bytes())})
    ann.press(r"Import \d")
    installation.until(lambda session: session.scalar(text("SELECT count(*) FROM jobs WHERE state IN ('queued', 'running')")) == 0)
    ann.goto()
    assert "All 3,569 lines were taken" in ann.words


def build_segment(ann: Visitor, installation: Installation) -> None:
    """Built as without scripts: a condition, its comparisons, its value, the next condition."""
    ann.goto("/segments/new")
    for number, (fact, how, value) in enumerate(LEAVES):
        if number:
            ann.press("^Condition$")
        ann.press("Show comparisons", {f"rules-{number}-fact": fact})
        ann.press("Show comparisons", {f"rules-{number}-is": how})
        ann.press("Show comparisons", {f"rules-{number}-value": value})
    assert "53 members" in ann.words
    ann.press("Make the segment", name="Big spenders of autumn")
    installation.until(lambda session: session.scalar(text("SELECT count(*) FROM segment_members")) == 53)
    assert "53" in ann.goto().words


def make_campaign(ann: Visitor, installation: Installation) -> None:
    ann.goto("/campaigns/new")
    ann.press("Make the campaign", name="Autumn 15 %", percent="15", prefix="AUTUMN-", length="8", count="60")
    installation.until(lambda session: session.scalar(text("SELECT count(*) FROM vouchers")) == 60)


def build_distribution(ann: Visitor) -> None:
    ann.goto("/distributions").press("New distribution")
    ann.press("Use this choice", name="Autumn thank-you", pace="once").press("A segment$")
    ann.press("Continue to Action", segment=ann.choice("Big spenders of autumn"))
    ann.press("Use this choice", action="codes")
    ann.press("Continue to Channels", campaign=ann.choice("Autumn 15 %"))
    ann.press("^Relay")
    ann.press("Apply", {"c1-subject": "For you", "c1-text": "Your code: {{ voucher.code }}", "check_permission": []})
    ann.press("Continue to Summary", no_permission_reason="They won the autumn prize")


def test_53_big_spenders_of_autumn_get_one_mail_with_one_code_each(
    installation: Installation, ann: Visitor, ada: Visitor, tmp_path: Path
) -> None:
    sample.write(sample.SOURCE, tmp_path / "customers.csv")
    with Running() as sink:
        set_up(ada, sink.port)
        import_customers(ann, installation, tmp_path / "customers.csv")
        build_segment(ann, installation)
        make_campaign(ann, installation)
        build_distribution(ann)
        ann.press("Send 53 codes")
        installation.pass_time(minutes=11)
        installation.until(lambda session: session.scalar(text("SELECT status FROM distributions")) == "done")

        report_equals_sink(ann.goto(), sink.mails, expected(tmp_path / "customers.csv"))


def expected(file: Path) -> set[str]:
    """Who is meant, counted from the file by hand."""
    with file.open(newline="") as lines:
        return {
            line["email"]
            for line in csv.DictReader(lines)
            if int(line["spend"]) > 10_000
            and "2011-09-10" <= line["last_order"] < "2011-12-10"
            and line["country"] in {"Germany", "France"}
        }


def report_equals_sink(ann: Visitor, mails: list[Mail], meant: set[str]) -> None:
    """One mail and one code each, nobody else; the page and its file say what arrived."""
    arrived = {mail.recipients[0]: CODE.findall(mail.body())[0] for mail in mails}
    assert len(mails) == len(set(arrived.values())) == 53
    assert set(arrived) == meant
    assert "53 of 53 sent" in ann.words
    assert "Accepted 53 Refused 0 Waiting 0 Codes left 7" in ann.words
    ann.goto(f"{ann.at}/deliveries.csv")
    rows = csv.DictReader(io.StringIO(ann.page.content.decode("utf-8-sig")))
    assert {row["address"]: row["code"] for row in rows} == arrived
