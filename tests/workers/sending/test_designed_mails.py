"""The welcome mail of the gallery, sent to fifty customers over SMTP and read as a mail program reads it."""

import email
import email.policy
import re
from email.message import EmailMessage
from html.parser import HTMLParser

from sqlalchemy import text

from domain.connections import edit
from domain.kernel import secrets
from domain.kernel.actor import SYSTEM
from domain.messages.mail.gallery import drawing
from domain.messages.trial import limited
from tests.integrations.recordings.smtp import Sink, serving
from tests.integrations.recordings.smtp import settings as smtp_settings
from tests.sending import codes_to_segment, states
from tests.workers.house import House

PEOPLE = 50


class Reader(HTMLParser):
    """Words, links and pictures of a mail."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.links, self.pictures = "", [], []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "a":
            self.links.append(found.get("href"))
        if tag == "img":
            self.pictures.append(found)

    def handle_data(self, data: str) -> None:
        self.words += data


def frozen() -> dict[str, str]:
    welcome = drawing("welcome")
    assert welcome
    written = {"way": "blocks", "blocks": welcome.mail.as_text(), "subject": welcome.subject, "preheader": welcome.preheader}
    parts, found = limited.made(written)
    assert found == ()
    return parts | {"from_email": "hello@maple.example", "from_name": "Maple & Rye"}


def test_fifty_people_get_the_welcome_mail_whole_and_each_their_own_code(house: House) -> None:
    sink = Sink()
    with serving(sink) as port:
        with house.session() as session:
            connection, _ = edit.create(session, SYSTEM, "smtp", "Relay", smtp_settings(port) | {"signing": "none"})
            distribution = codes_to_segment(session, PEOPLE, connection=connection, mode="mail", parts=frozen())
        house.tick()
    with house.session() as session:
        assert states(session, distribution) == {"accepted": PEOPLE}
        rows = session.execute(
            text(
                "SELECT c.email, v.code, v.id FROM publications p JOIN vouchers v ON v.id = p.voucher_id "
                "JOIN customers c ON c.id = p.customer_id"
            )
        )
        given = list(rows)
        held = {row.email: row.code for row in given}
        vouchers = {row.code: row.id.hex for row in given}

    assert len(set(held.values())) == PEOPLE
    assert sorted(address for address, _ in sink.taken) == sorted(held)
    for address, raw in sink.taken:
        message = email.message_from_bytes(raw if isinstance(raw, bytes) else raw.encode(), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        plain, whole = message.get_body(("plain",)), message.get_body(("html",))
        assert plain
        assert whole
        words, source = plain.get_content(), whole.get_content()
        read = Reader()
        read.feed(source)
        code = held[address]
        assert code in read.words
        assert code in words
        assert not any(other in source for other in held.values() if other != code)
        assert not re.search(r"\{\{|\{%|%lg-|lq\d+z", message["subject"] + words + source)
        assert re.match(r"Dina(?: \d+)?, a welcome from us", message["subject"])
        assert all(one.get("alt") for one in read.pictures)
        (drawn,) = [one["src"] for one in read.pictures if "/q/" in (one.get("src") or "")]
        assert secrets.subject_of("qr", drawn.rpartition("/")[2].removesuffix(".png")) == vouchers[code], "the picture is of this code"
        assert any("/u/" in (link or "") for link in read.links)
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert len(raw) < 100_000
