"""A shop moves into an empty installation: its customers, its own relay, a mail that comes back to a mailbox, and what follows."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from sqlalchemy import text

from tests.integrations.returned import SAMPLES, standin
from tests.journeys.installation import ROOT, Installation
from tests.sink import Running, Sink
from tests.visits.visitor import Visitor

SHOPIFY = ROOT / "tests/domain/customers/imports/samples/shopify.csv"


@dataclass
class Post:
    """Their mail server: what it was given to send, and the mailbox that mails come back to."""

    sink: Sink
    box: standin.Mailbox


@pytest.fixture
def post() -> Iterator[Post]:
    with ExitStack() as open_:
        yield Post(open_.enter_context(Running()), open_.enter_context(standin.serving("imap")))


def set_up(ada: Visitor, post: Post) -> None:
    """Who we are, what people agree to, whom mails come from, the relay that takes them and the mailbox they come back to."""
    ada.goto("/settings/project").press("Save the project", brand="Maple & Rye", postal_address="4 Corn Street, Bristol")
    ada.goto("/settings/project/senders/new").press("Add the sender", name="Maple & Rye", email="hello@maple.example")
    news = {"purpose": "News and offers", "channels": ["email"], "wording": "Yes, write to me."}
    ada.goto("/settings/permissions/new").press("Make this permission", news, name="Newsletter")
    ada.goto("/connections/new/smtp")
    relay = {
        "f_host": "127.0.0.1",
        "f_port": str(post.sink.port),
        "f_security": ada.choice("None, for a relay"),
        "f_signing": ada.choice("My relay signs"),
        "f_return_path": "bounces@maple.example",
    }
    returned = {f"f_{key}": value for key, value in standin.settings(post.box).items()}
    ada.press("Add this connection", relay | returned, name="Relay")


def bring_over(ann: Visitor, installation: Installation) -> None:
    ann.goto("/customers/imports").press("Upload", files={"file": ("customers_export.csv", SHOPIFY.read_bytes())})
    installation.until(lambda session: session.scalar(text("SELECT count(*) FROM jobs WHERE state IN ('queued', 'running')")) == 0)
    assert "This is an export of Shopify" in ann.goto().words
    ann.press(r"Import \d")
    installation.until(lambda session: session.scalar(text("SELECT count(*) FROM jobs WHERE state IN ('queued', 'running')")) == 0)
    assert "All 2 lines were taken" in ann.goto().words


def send_codes(ann: Visitor, name: str) -> None:
    ann.goto("/distributions").press("New distribution")
    ann.press("Use this choice", name=name, pace="once").press("A segment$")
    ann.press("Continue to Action", segment=ann.choice("Everybody"))
    ann.press("Use this choice", action="codes")
    ann.press("Continue to Channels", campaign=ann.choice("Autumn 15 %"))
    ann.press("^Relay")
    ann.press("Continue to Summary", {"c1-subject": "For you", "c1-text": "Your code: {{ voucher.code }}"})


def test_a_shop_moves_in_and_whose_mail_comes_back_is_not_written_to_again(
    installation: Installation, ann: Visitor, ada: Visitor, post: Post
) -> None:
    set_up(ada, post)
    bring_over(ann, installation)
    ann.goto("/segments/new")
    ann.press("Show comparisons", {"rules-0-fact": "customer.email"})
    ann.press("Show comparisons", {"rules-0-is": "has_value"})
    ann.press("Make the segment", name="Everybody")
    installation.until(lambda session: session.scalar(text("SELECT count(*) FROM segment_members")) == 2)
    ann.goto("/campaigns/new")
    ann.press("Make the campaign", name="Autumn 15 %", percent="15", prefix="AUTUMN-", length="8", count="5")
    installation.until(lambda session: session.scalar(text("SELECT count(*) FROM vouchers")) == 5)

    send_codes(ann, "Welcome")
    ann.press("^Send 1 code")
    installation.pass_time(minutes=11)
    installation.until(lambda session: session.scalar(text("SELECT status FROM distributions")) == "done")
    (mail,) = post.sink.mails
    assert mail.recipients == ("ana@example.com",), "Jo said no in the shop"

    post.box.add(SAMPLES["Postfix, no such user"].raw(mail.sender.partition("+")[2].partition("@")[0]))
    installation.pass_time(minutes=2)
    installation.until(lambda session: session.scalar(text("SELECT state FROM deliveries WHERE sent_at IS NOT NULL")) == "bounced")
    assert post.box.mails == {}, "what was read is taken out"

    report = ann.goto("/distributions").follow("Welcome").words
    assert (
        "What went wrong 1 There is no such mailbox. (5.1.1) The addresses that bounced for good are on the suppression list now." in report
    )
    assert "Left out on purpose 1 Unsubscribed from this" in report
    assert "Returned mails: 1 taken, 0 left alone" in ada.goto("/connections").follow("Relay").words
    assert "This e-mail address is never written to Bounced for good, Relay" in ann.goto("/customers").follow("Ana").words
    send_codes(ann, "Once more")
    assert "Left out: 1 unsubscribed from this" in ann.words
    assert "1 address suppressed" in ann.words
