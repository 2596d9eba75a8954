"""Mails that come back: to whom they belong, what they say, and how a mailbox of them is read."""

import dataclasses
import email
import re
from collections.abc import Callable

import pytest

from integrations import catalogue, signatures
from integrations.contract import Batch, Happened, Message, Receipt, Request
from integrations.http import Deadlines, Http
from integrations.providers.smtp import bounce_codes, mailbox, reports, return_path
from tests.integrations.recordings.smtp import Sink, serving, settings
from tests.integrations.returned import SAMPLES, Sample, standin

SMTP = catalogue.provider("smtp")
HTTP = Http(("127.0.0.0/8",))
KEY = signatures.new_webhook_secret()
ID = "dlv_0192f3c4a5b67c8d9e0f1a2b3c4d5e6f"
TOKEN = return_path.token(KEY, ID)
BOUNCE = SAMPLES["Postfix, no such user"].raw(TOKEN)
AWAY = SAMPLES["somebody is away"].raw(TOKEN)
protocols = pytest.mark.parametrize("protocol", ["imap", "pop3"])


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=list(SAMPLES))
def test_what_a_mail_says(sample: Sample) -> None:
    receipts = reports.read(sample.raw(TOKEN), KEY)

    if not sample.happened:
        assert receipts == ()
        return
    (receipt,) = receipts
    assert (receipt.happened, receipt.message_id) == (Happened(sample.happened), ID)
    assert sample.code in receipt.reason
    assert "dina" not in receipt.reason, "no address in a reason"
    assert abs(receipt.at - 1_776_138_612) < 10


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=list(SAMPLES))
@pytest.mark.parametrize("change", [lambda key: "", lambda key: signatures.new_webhook_secret()], ids=["no key", "another key"])
def test_nothing_is_believed_without_a_token_of_ours(sample: Sample, change: Callable[[str], str]) -> None:
    assert reports.read(sample.raw(TOKEN), change(KEY)) == ()
    assert reports.read(sample.raw("a" * 42), KEY) == ()


def test_a_token_survives_a_change_of_case_and_fits_into_an_address() -> None:
    assert return_path.message_of(KEY, f"BOUNCES+{TOKEN.upper()}@MAPLE.EXAMPLE") == ID
    assert re.fullmatch(r"[a-z2-7]{42}", TOKEN)
    assert len("x" * return_path.LONGEST_LOCAL_PART + "+" + TOKEN) == 64
    for n in range(len(TOKEN)):
        changed = TOKEN[:n] + ("a" if TOKEN[n] != "a" else "b") + TOKEN[n + 1 :]
        assert return_path.message_of(KEY, changed) in {"", ID}, "the last character has bits that mean nothing"
    assert return_path.token(KEY, "test_1") == ""


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff" * 1000,
        b"Content-Type: multipart/report; boundary=b\r\n\r\n" + b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" * 50,
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(5000)),
        b"Content-Type: message/rfc822\r\n\r\n" * 5000,
        b"Content-Type: multipart/report; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 200_000,
        BOUNCE.replace(b"us-ascii", b"no-such-charset"),
        BOUNCE.replace(b"message/delivery-status", b"message/delivery-status; charset=\xff"),
        BOUNCE + b"x" * 5_000_000,
        BOUNCE[:900],
    ],
    ids=["nothing", "bytes", "parts", "deep", "mails in mails", "many parts", "charset", "header", "long", "cut"],
)
def test_no_mail_breaks_the_reader(raw: bytes) -> None:
    assert all(isinstance(receipt, Receipt) for receipt in reports.read(raw, KEY))


@pytest.mark.parametrize(
    ("status", "diagnostic", "code", "hard"),
    [
        ("5.1.1", "", "5.1.1", True),
        ("5.0.0", "smtp; 550 5.1.1 no", "5.1.1", True),
        ("5.0.0", "smtp; 550 nothing to say", "5.0.0", False),
        ("5.1.11", "", "5.1.11", False),
        ("5.2.2", "smtp; 550 5.1.1", "5.2.2", False),
        ("", "550 user unknown", "5.1.1", True),
        ("5.7.26", "", "5.7.26", False),
        ("nonsense", "10.0.0.5.1.1", "", False),
    ],
)
def test_only_what_says_that_the_address_is_none_is_hard(status: str, diagnostic: str, code: str, hard: bool) -> None:
    assert bounce_codes.code_of(status, diagnostic) == code
    assert bounce_codes.meaning(code)[0] is hard


@pytest.mark.parametrize(
    ("path", "bounces", "wanted"),
    [
        ("bounces@maple.example", "imap", f"bounces+{TOKEN}@maple.example"),
        ("bounces.maple.example", "door", f"{TOKEN}@bounces.maple.example"),
        ("bounces@maple.example", "no", "bounces@maple.example"),
        ("", "imap", "hello@maple.example"),
    ],
)
def test_each_mail_has_a_return_path_of_its_own_where_bounces_are_read(path: str, bounces: str, wanted: str) -> None:
    sink = Sink()
    parts = {"from_email": "hello@maple.example", "subject": "Hi", "text": "Hi"}
    with serving(sink) as port:
        given = settings(port) | {"return_path": path, "bounces": bounces, "bounce_key": KEY, "signing": "none"}
        list(SMTP.modes[0].send(HTTP, given, Batch((Message(ID, "dina@example.com", parts),))))

    assert sink.senders == [wanted]
    assert email.message_from_bytes(sink.taken[0][1])["X-Largesse-Return"] == (None if bounces == "no" else TOKEN)


@protocols
def test_a_mailbox_is_read_once_and_what_is_no_report_is_left_alone(protocol: str) -> None:
    with standin.serving(protocol, BOUNCE, AWAY) as box:
        kept: list[bytes] = []

        def keep(mail: bytes) -> bool:
            if not reports.read(mail, KEY):
                return False
            kept.append(mail)
            return True

        first = mailbox.collect(HTTP, standin.settings(box), keep, ())
        second = mailbox.collect(HTTP, standin.settings(box), keep, first.left_ids)

        assert (first.taken, first.left, first.problem) == (1, 1, "")
        assert (second.taken, second.left, second.left_ids) == (0, 0, first.left_ids)
        assert kept == [BOUNCE]
        assert list(box.mails.values()) == [AWAY]
        assert box.fetched == [1, 2], "what was left alone is not fetched again"


def test_a_server_without_uidplus_deletes_what_was_taken() -> None:
    with standin.serving("imap", BOUNCE, AWAY) as box:
        box.uidplus = False
        mailbox.collect(HTTP, standin.settings(box), lambda mail: mail == BOUNCE, ())
        assert list(box.mails.values()) == [AWAY]


@protocols
def test_what_is_not_kept_is_not_deleted(protocol: str) -> None:
    with standin.serving(protocol, BOUNCE) as box:

        def killed(mail: bytes) -> bool:
            raise SystemExit

        with pytest.raises(SystemExit):
            mailbox.collect(HTTP, standin.settings(box), killed, ())
        assert list(box.mails.values()) == [BOUNCE]


@pytest.mark.parametrize(
    ("protocol", "misbehaves"),
    [
        *((protocol, {name: True}) for protocol in ("imap", "pop3") for name in ("silent", "shouts")),
        *(("imap", {"cut_at": command}) for command in ("LOGIN", "SELECT", "FETCH", "STORE", "EXPUNGE")),
        *(("pop3", {"cut_at": command}) for command in ("USER", "PASS", "LIST", "UIDL", "RETR", "DELE", "QUIT")),
    ],
    ids=str,
)
def test_a_broken_mailbox_is_told_in_our_words(protocol: str, misbehaves: dict[str, object]) -> None:
    quick = Http(("127.0.0.0/8",), Deadlines(1, 1, 2))
    with standin.serving(protocol, BOUNCE) as box:
        for name, value in misbehaves.items():
            setattr(box, name, value)
        found = mailbox.collect(quick, standin.settings(box), lambda mail: True, ("before",))

    assert re.search("does not answer|could not be read|broke the connection off", found.problem), found
    assert found.left_ids == ("before",)
    assert list(box.mails.values()) == [BOUNCE] or "EXPUNGE" in misbehaves.values()


@protocols
def test_a_wrong_password_and_a_private_address_are_told_apart(protocol: str) -> None:
    with standin.serving(protocol) as box:
        given = standin.settings(box)
        wrong = mailbox.collect(HTTP, given | {"mailbox_password": "other-word"}, lambda mail: True, ())
        guarded = mailbox.collect(Http(()), given, lambda mail: True, ())

    assert "check user name and password" in wrong.problem
    assert "SECRET BYTES" not in wrong.problem
    assert "private address" in guarded.problem
    assert box.sign_ins == 1


def test_test_connection_signs_in_to_the_mailbox_too() -> None:
    with serving(Sink()) as port, standin.serving("imap", BOUNCE, AWAY) as box:
        given = settings(port) | standin.settings(box) | {"bounce_key": KEY}
        good = SMTP.check(HTTP, given, 0)
        wrong = SMTP.check(HTTP, given | {"mailbox_password": "other-word"}, 0)
        nowhere = SMTP.check(HTTP, given | {"mailbox_folder": "Else"}, 0)

    assert good.works
    assert any("holds 2 mails" in note for note in good.notes)
    assert not wrong.works
    assert "folder" in nowhere.problems[0]


def test_a_mail_that_is_posted_must_be_signed_and_only_where_it_may_be_posted() -> None:
    assert SMTP.signature is not None
    given = settings(0) | {"bounces": "door", "bounce_key": KEY}
    signed = signatures.webhook_signature([KEY], "msg_1", 1_776_138_612, BOUNCE)
    headers = {"webhook-id": "msg_1", "webhook-timestamp": "1776138612", "webhook-signature": signed}
    request = Request(headers, BOUNCE)

    assert SMTP.signature(given, request).genuine
    assert SMTP.signature(given, request).at == 1_776_138_612
    for changed in (
        dataclasses.replace(request, body=BOUNCE + b" "),
        dataclasses.replace(request, headers=headers | {"webhook-timestamp": "1776138613"}),
        dataclasses.replace(request, headers=headers | {"webhook-timestamp": "²"}),
        dataclasses.replace(request, headers={}),
    ):
        assert not SMTP.signature(given, changed).genuine
    assert not SMTP.signature(given | {"bounces": "imap"}, request).genuine
