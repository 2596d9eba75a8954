"""SMTP: the conversation, the mail, and what a no means."""

import dataclasses
import email
import email.header
import email.policy
import logging
import smtplib
import socket
import threading
from email.message import EmailMessage

import dkim
import pytest

from integrations import catalogue
from integrations.contract import Batch, Config, Fate, Message, Outcome, Stop
from integrations.http import Http
from integrations.mail import mime
from integrations.providers.smtp import dkim_key
from integrations.providers.smtp.connection import SmtpReply
from integrations.providers.smtp.replies import Meaning, meaning
from tests import sink as sinks
from tests.integrations.recordings.smtp import Sink, private_key, serving, settings

HTTP = Http(("127.0.0.0/8",))
SMTP = catalogue.provider("smtp")
PLAIN = {"signing": "none", "return_path": ""}
MARK = "%lg-html-0%"


def message(number: int = 0, **changes: object) -> Message:
    parts = {"from_email": "hello@maple.example", "from_name": "Maple & Söhne", "reply_to": "re@maple.example"}
    given = Message(
        f"dlv_{number}",
        f"dina{number}@example.com",
        {**parts, "subject": "Hi"},
        {MARK: f"CODE-{number}"},
        unsubscribe_url="https://l.example/u/x",
        tags={"distribution": "distr_1"},
        attempt_at=1_700_000_000,
    )
    return dataclasses.replace(given, **changes)


def a_batch(*messages: Message) -> Batch:
    return Batch(messages, {"text": f"Your code:\n{MARK}\n.\n..two", "html": f"<p>Grüße, {MARK}</p>\n.\n"})


def sent(sink: Sink, batch: Batch, **changes: str) -> list[Outcome]:
    with serving(sink) as port:
        return list(SMTP.modes[0].send(HTTP, settings(port) | PLAIN | changes, batch))


def parsed(sink: Sink, number: int = 0) -> EmailMessage:
    found = email.message_from_bytes(sink.taken[number][1], policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    assert not found.defects
    return found


def test_a_mail_has_two_bodies_and_every_header_a_bulk_mail_needs() -> None:
    sink = Sink()
    sent(sink, a_batch(message()))

    mail = parsed(sink)
    assert mail["From"] == "Maple & Söhne <hello@maple.example>"
    assert mail["To"] == "dina0@example.com"
    assert mail["Reply-To"] == "re@maple.example"
    assert mail["Message-ID"] == "<dlv_0@maple.example>"
    assert mail["Date"].datetime.timestamp() == 1_700_000_000
    assert mail["List-Unsubscribe"] == "<https://l.example/u/x>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Feedback-ID"] == "distr_1::largesse:maple.example"
    assert mail.get_content_type() == "multipart/alternative"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().splitlines() == ["Your code:", "CODE-0", ".", "..two"]
    assert html.get_content().splitlines()[:2] == ["<p>Grüße, CODE-0</p>", "."]
    assert sink.senders == ["hello@maple.example"]


def test_lines_are_short_and_ascii_whatever_the_words() -> None:
    given = message(parts={**message().parts, "subject": "Ein sehr langer Betreff mit Umlauten äöü " * 5, "from_name": "Ł" * 60})
    assembler = mime.Assembler(Batch((given,), {"text": "x" * 500 + MARK + "ü" * 500 + "\n" + "🎁" * 100, "html": "<p>" + "y " * 400}))
    mail = assembler.mail(given, {})

    assert mail.isascii()
    assert max(len(line) for line in mail.split(b"\r\n")) <= 78
    assert b"\n" not in mail.replace(b"\r\n", b"")
    read = email.message_from_bytes(mail, policy=email.policy.default)
    assert read["Subject"] == mime.one_line(given.parts["subject"])
    raw = email.message_from_bytes(mail)["From"]
    assert str(email.header.make_header(email.header.decode_header(raw))) == f"{'Ł' * 60} <hello@maple.example>"


@pytest.mark.parametrize("part", ["subject", "from_name", "from_email", "reply_to"])
def test_no_value_adds_a_header(part: str) -> None:
    evil = "x\r\nBcc: eve@example.com\r\n\r\nbody"
    sink = Sink()
    given = message(parts={**message().parts, part: evil})
    if part in {"from_email", "reply_to"}:
        with pytest.raises(Config, match="not a mail address"):
            sent(sink, a_batch(given))
        return

    sent(sink, a_batch(given))

    assert parsed(sink)["Bcc"] is None
    assert len(sink.taken) == 1


@pytest.mark.parametrize("address", ["eve@example.com>\r\nRCPT TO:<bo@example.com", "a b@c.example", "", "no-at.example", "a@b@c"])
def test_what_is_no_address_is_refused_and_never_said(address: str) -> None:
    sink = Sink()

    outcomes = sent(sink, a_batch(message(address=address), message(1)))

    assert [o.fate for o in outcomes] == [Fate.REFUSED, Fate.ACCEPTED]
    assert [a for a, _ in sink.taken] == ["dina1@example.com"]


def test_a_domain_outside_ascii_is_written_as_idna() -> None:
    assert mime.mailbox("dina@bücher.example") == "dina@xn--bcher-kva.example"


def test_the_signature_fits_and_covers_the_one_click_headers() -> None:
    sink = Sink()
    sent(sink, a_batch(message()), signing="own", dkim_key=private_key().replace("\n", " "))

    mail = sink.taken[0][1]
    record = dkim_key.dns_record(private_key()).encode()
    assert dkim.verify(mail, dnsfunc=lambda name, timeout=5: record if name == b"s1._domainkey.maple.example." else None)
    signature = parsed(sink)["DKIM-Signature"].replace(" ", "")
    assert "list-unsubscribe:list-unsubscribe-post" in signature
    assert "from:" in signature
    assert not dkim.verify(mail.replace(b"CODE-0", b"CODE-9"), dnsfunc=lambda name, timeout=5: record)


def test_connections_are_kept_and_end_after_so_many_mails() -> None:
    sink = Sink()
    outcomes = sent(sink, a_batch(*(message(n) for n in range(10))), per_connection="4")

    assert [o.fate for o in outcomes] == [Fate.ACCEPTED] * 10
    assert len(sink.peers) == 3


def test_a_kept_connection_serves_the_next_batch_and_a_dead_one_is_replaced() -> None:
    sink = Sink()
    with serving(sink) as port:
        given = settings(port) | PLAIN
        for n in range(3):
            list(SMTP.modes[0].send(HTTP, given, a_batch(message(n))))
        assert len(sink.peers) == 1
    again = Sink()
    with socket.create_server(("127.0.0.1", port), reuse_port=False):
        pass
    from aiosmtpd.controller import Controller

    controller = Controller(again, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        outcomes = list(SMTP.modes[0].send(HTTP, given | {"username": ""}, a_batch(message(4))))
    finally:
        controller.stop()

    assert [o.fate for o in outcomes] == [Fate.ACCEPTED]


def test_the_mail_servers_of_tests_say_nothing_of_their_conversations(sink: sinks.Sink, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), smtplib.SMTP("127.0.0.1", sink.port) as client:
        client.ehlo()

    assert (sink.connections, caplog.messages) == (1, [])


def test_a_server_that_can_is_spoken_to_in_one_go() -> None:
    sink = Sink(pipelining=True)
    sink.rcpt["dina1@example.com"] = "550 5.1.1 nobody"

    outcomes = sent(sink, a_batch(*(message(n) for n in range(4))))

    assert [o.fate for o in outcomes] == [Fate.ACCEPTED, Fate.REFUSED, Fate.ACCEPTED, Fate.ACCEPTED]
    assert [a for a, _ in sink.taken] == [f"dina{n}@example.com" for n in (0, 2, 3)]


def test_what_was_said_ahead_of_a_mail_that_was_not_taken_is_said_anew_on_another_line() -> None:
    sink = Sink(pipelining=True)
    sink.data = "451 4.3.0 try later"

    outcomes = sent(sink, a_batch(*(message(n) for n in range(4))))

    assert [o.fate for o in outcomes] == [Fate.LATER] * 4
    assert sink.taken == []
    assert len(sink.peers) == 2, "after the first such answer nothing is said ahead any more"


def test_a_mail_that_was_promised_and_never_came_is_nobodys() -> None:
    sink = Sink(pipelining=True)
    with serving(sink) as port:
        given = settings(port) | PLAIN
        sending = SMTP.modes[0].send(HTTP, given, a_batch(*(message(n) for n in range(3))))
        assert isinstance(outcome := next(sending), Outcome)
        assert outcome.fate is Fate.ACCEPTED
        sending.close()

        outcomes = list(SMTP.modes[0].send(HTTP, given, a_batch(message(7))))

    assert [o.fate for o in outcomes if isinstance(o, Outcome)] == [Fate.ACCEPTED]
    assert [a for a, _ in sink.taken] == ["dina0@example.com", "dina7@example.com"]
    assert len(sink.peers) == 2, "a line on which a mail was promised is not used again"


def test_a_cut_in_the_middle_leaves_the_rest_to_a_new_connection() -> None:
    sink = Sink()
    sink.rcpt["dina1@example.com"] = "421 4.3.2 shutting down"

    outcomes = sent(sink, a_batch(*(message(n) for n in range(3))))

    assert [o.fate for o in outcomes] == [Fate.ACCEPTED, Fate.LATER, Fate.ACCEPTED]
    assert len(sink.peers) == 2


def test_a_refused_sign_in_stops_in_words_without_the_password() -> None:
    with pytest.raises(Stop, match="refused to sign us in") as stopped:
        sent(Sink("bad key"), a_batch(message()))
    assert "hidden-word" not in str(stopped.value)


def test_a_server_that_wants_a_sign_in_we_have_not_stops() -> None:
    with pytest.raises(Stop, match="sign-in"):
        sent(Sink(), a_batch(message()), username="")


def test_encryption_that_is_asked_for_and_not_offered_stops() -> None:
    with pytest.raises(Stop, match="does not offer STARTTLS"):
        sent(Sink(), a_batch(message()), security="starttls")
    with pytest.raises(Stop, match="does not speak TLS"):
        sent(Sink(), a_batch(message()), security="tls")


def test_a_row_of_refusals_by_policy_stops() -> None:
    sink = Sink()
    sink.data = "550 5.7.1 our system has detected that this message is unsolicited"
    with serving(sink) as port:
        sending = SMTP.modes[0].send(HTTP, settings(port) | PLAIN, a_batch(*(message(n) for n in range(9))))
        refused = [next(sending).fate for _ in range(5)]
        with pytest.raises(Stop, match="one mail after the other"):
            next(sending)

    assert refused == [Fate.REFUSED] * 5


@pytest.mark.parametrize(
    ("reply", "raised"),
    [
        ("553 5.7.1 Sender address rejected: not owned by user", Config),
        ("550 5.7.26 unauthenticated email is not accepted", Stop),
        ("554 5.7.1 client host blocked", Stop),
        ("552 5.3.4 message size exceeds limit", Config),
    ],
)
def test_a_no_to_the_sender_refuses_nobody(reply: str, raised: type[Exception]) -> None:
    sink = Sink()
    sink.mail = reply

    with pytest.raises(raised, match=reply[:3]):
        sent(sink, a_batch(message()))


@pytest.mark.parametrize(
    ("stage", "line", "wanted"),
    [
        ("rcpt", "550 5.1.1 no such user", Meaning.NO_MAILBOX),
        ("rcpt", "550 no such user", Meaning.NO_MAILBOX),
        ("rcpt", "550 5.1.10 null MX", Meaning.NO_MAILBOX),
        ("rcpt", "550 5.2.1 mailbox disabled", Meaning.NO_MAILBOX),
        ("rcpt", "552 5.2.2 mailbox full", Meaning.FULL),
        ("rcpt", "450 4.7.1 greylisted", Meaning.GREYLISTED),
        ("rcpt", "451 4.7.1 greylisted", Meaning.GREYLISTED),
        ("end", "421 4.7.28 unusual rate", Meaning.GREYLISTED),
        ("rcpt", "452 4.5.3 too many recipients", Meaning.BUSY),
        ("end", "451 local error", Meaning.BUSY),
        ("end", "554 5.7.1 spam", Meaning.POLICY),
        ("end", "550 5.7.26 unauthenticated", Meaning.UNTRUSTED),
        ("end", "552 5.3.4 too big", Meaning.TOO_BIG),
        ("end", "554 transaction failed", Meaning.NO),
        ("rcpt", "530 5.7.0 must issue STARTTLS", Meaning.SIGN_IN),
        ("rcpt", "553 5.1.3 bad address", Meaning.NO_MAILBOX),
        ("mail", "550 5.1.8 sender domain not found", Meaning.SENDER),
    ],
)
def test_what_a_no_means(stage: str, line: str, wanted: Meaning) -> None:
    code, _, text = line.partition(" ")

    assert meaning(SmtpReply(stage, int(code), text)) is wanted


def test_a_server_that_is_none_is_told_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=lambda: listening.accept()[0].close(), daemon=True).start()  # noqa: PLW0108 - accept waits
        checked = SMTP.check(HTTP, settings(listening.getsockname()[1]), 0)

    assert "as a mail server does" in checked.problems[0]


def test_test_connection_shows_the_dns_record_and_warns_of_unsigned_mail() -> None:
    with serving(Sink()) as port:
        own = SMTP.check(HTTP, settings(port), 0)
        none = SMTP.check(HTTP, settings(port) | PLAIN, 0)

    assert "s1._domainkey.maple.example: v=DKIM1; k=rsa; p=MII" in own.notes[0]
    assert "without a DKIM signature" in none.notes[0]
    assert SMTP.warnings is not None
    assert SMTP.warnings(settings(1) | {"signing": "relay", "security": "starttls"}) == ()


def test_a_key_that_is_none_is_told_before_it_is_saved() -> None:
    check = next(f.check for f in SMTP.fields if f.key == "dkim_key")

    assert check is not None
    assert check(private_key()) is None
    assert "Paste an RSA private key" in str(check("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"))


def test_no_control_character_reaches_a_header() -> None:
    assert mime.text_header("a\x00b\x1bc\x7f\u200bd\ud800") == mime.text_header("a b c d")
    assert mime.address_header("A\x00B", "a@b.example") == '"A B" <a@b.example>'


def test_letters_before_the_at_go_where_the_server_takes_them_and_are_refused_in_words_elsewhere() -> None:
    old, new = Sink(), Sink()
    batch = a_batch(message(address="grüße@münchen.example"), message(1))
    with serving(old, enable_SMTPUTF8=False) as port:
        without = list(SMTP.modes[0].send(HTTP, settings(port) | PLAIN, batch))
    with serving(new, enable_SMTPUTF8=True) as port:
        taken = list(SMTP.modes[0].send(HTTP, settings(port) | PLAIN, batch))

    assert [o.fate for o in without] == [Fate.REFUSED, Fate.ACCEPTED]
    assert without[0].reason == "The mail server takes no letters outside ASCII before the @."
    assert [a for a, _ in old.taken] == ["dina1@example.com"], "the server was not asked"
    assert [o.fate for o in taken] == [Fate.ACCEPTED, Fate.ACCEPTED]
    assert [a for a, _ in new.taken] == ["grüße@xn--mnchen-3ya.example", "dina1@example.com"]
    assert "To: grüße@xn--mnchen-3ya.example\r\n".encode() in new.taken[0][1]
    assert new.taken[1][1].isascii()


def test_a_mail_to_such_an_address_is_signed_too() -> None:
    sink = Sink()
    with serving(sink, enable_SMTPUTF8=True) as port:
        (outcome,) = SMTP.modes[0].send(HTTP, settings(port) | {"return_path": ""}, a_batch(message(address="grüße@c.example")))

    assert outcome.fate is Fate.ACCEPTED
    record = dkim_key.dns_record(private_key())
    assert dkim.verify(sink.taken[0][1], dnsfunc=lambda *_, **__: record.encode())


@pytest.mark.parametrize("subject", ["🚴‍♀️ Bike to work", "👩‍👩‍👧 Family day", "🏳️‍🌈 Pride week", "می‌خواهیم ۱۰٪ تخفیف", "क्‍ष sale"])
def test_joiners_of_a_subject_arrive(subject: str) -> None:
    sink = Sink()
    sent(sink, a_batch(message(parts={**message().parts, "subject": subject})))

    raw = email.message_from_bytes(sink.taken[0][1])["Subject"]
    assert str(email.header.make_header(email.header.decode_header(raw))) == subject
