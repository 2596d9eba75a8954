"""What people get wrong, and what providers answer, is said in words that name the remedy."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from tests.integrations import recordings
from tests.journeys.installation import Installation, started
from tests.scenes import Scene
from tests.sink import Running
from tests.visits.visitor import Visitor


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with started(LARGESSE_ALLOW_PRIVATE="127.0.0.0/8") as installation:
        with installation.transaction() as session:
            scene = Scene(session)
            scene.segment("Everybody", scene.dina, scene.finn, scene.customer("Nobody", "nobody@holm.example", agrees=True))
            scene.campaign("Plenty", codes=100)
        yield installation


FILES = [
    (b"", "The file is empty"),
    (b"PK\x03\x04", "Save it as CSV"),
    (b'"a,b\n1,2\n', "A quotation mark opens in it and is not closed"),
]


@pytest.mark.parametrize(("raw", "says"), FILES, ids=["empty", "a workbook", "a quotation mark"])
def test_a_broken_file(ann: Visitor, raw: bytes, says: str) -> None:
    ann.goto("/customers/imports").press("Upload", files={"file": ("broken.csv", raw)}, status=422)
    assert says in ann.words


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-8-sig"])
def test_an_encoding_is_found_out(ann: Visitor, encoding: str) -> None:
    raw = "id;name;email\n1;José Ñandú;jose@x.example\n".encode(encoding)
    ann.goto("/customers/imports").press("Upload", files={"file": ("foreign.csv", raw)})
    assert "José Ñandú" in ann.words


def test_a_wrong_encoding_and_wrong_lines(ann: Visitor, installation: Installation) -> None:
    raw = "id,name,email\n1,José,jose@x.example\n2,Eli,nonsense\n3\n4,Ida,ida@holm.example\n".encode("latin-1")
    ann.goto("/customers/imports").press("Upload", files={"file": ("wrong.csv", raw)})
    ann.press("Read it like", encoding="utf-8")
    assert "Line 2 will be left out: Byte 6 of it (0xE9) is not UTF-8." in ann.words
    ann.press(r"Import \d", wrong="line")
    installation.until(lambda session: session.scalar(text("SELECT count(*) FROM jobs WHERE state IN ('queued', 'running')")) == 0)
    ann.goto()
    assert "1 of 4 lines were taken" in ann.words
    assert "“nonsense” is no e-mail address" in ann.words
    assert "It has 1 cell, the header has 3" in ann.words


def test_a_name_that_is_taken(ann: Visitor) -> None:
    ann.goto("/campaigns/new").press("Make the campaign", name="PLENTY", percent="15", status=422)
    assert "There is a campaign called “PLENTY” already." in ann.words
    leaf = {"rules-0-fact": "customer.city", "rules-0-is": "is", "rules-0-value": "Bath"}
    ann.goto("/segments/new").press("Make the segment", leaf, name="everybody", status=422)
    assert "There is already a segment called “Everybody”." in ann.words


def test_a_condition_that_is_nonsense(ann: Visitor) -> None:
    leaf = {"rules-0-fact": "no.such", "rules-0-is": "bla", "rules-0-value": "'; DROP TABLE customers"}
    ann.goto("/segments/new").press("Make the segment", leaf, name="x", status=422)
    assert "Nothing is known about “such”. Choose another fact, or remove this condition." in ann.words


def to_channels(ann: Visitor, name: str, connection: str) -> Visitor:
    ann.goto("/distributions").press("New distribution")
    ann.press("Use this choice", name=name, pace="once").press("A segment$")
    ann.press("Continue to Action", segment=ann.choice("Everybody"))
    ann.press("Use this choice", action="codes")
    ann.press("Continue to Channels", campaign=ann.choice("Plenty"))
    return ann.press(f"^{connection}")


def test_an_unknown_variable_and_a_brace_that_is_missing(ann: Visitor) -> None:
    to_channels(ann, "Words", "Sandbox, Mail")
    ann.press("Continue to Summary", {"c1-subject": "{{ customer.nickname }}", "c1-text": "{{ voucher.code"}, status=422)
    assert "There is no variable {{ customer.nickname }}. Did you mean {{ customer.name }}?" in ann.words
    assert "Line 1, column 1: {{ has no }}" in ann.words


def send(ann: Visitor, installation: Installation, name: str, connection: str) -> None:
    to_channels(ann, name, connection).press("Continue to Summary", {"c1-subject": "Hi", "c1-text": "{{ voucher.code }}"})
    ann.press("^Send .* at")
    installation.pass_time(minutes=11)


def said(ann: Visitor, installation: Installation, words: str) -> None:
    installation.until(lambda _: words in ann.goto().words)


def test_a_relay_that_refuses_the_sign_in(ann: Visitor, ada: Visitor, installation: Installation) -> None:
    with Running(user="me", password="right") as sink:
        ada.goto("/connections/new/smtp")
        relay = {
            "f_host": "127.0.0.1",
            "f_port": str(sink.port),
            "f_security": ada.choice("None"),
            "f_username": "me",
            "f_password": "wrong",
        }
        ada.press("Add this connection", relay, name="Relay").press("Test connection")
        assert "127.0.0.1 refused to sign us in: check user name and password." in ada.words
        send(ann, installation, "By relay", "Relay")
        said(ann, installation, "Relay is paused 127.0.0.1 refused to sign us in: check user name and password. Its messages wait")
        assert "0 of 3 sent On their way 0 Refused 0 Waiting 3" in ann.words
        assert not sink.mails


ANSWERS = [
    (
        "bad key",
        "is paused SendGrid does not accept the API key. Its messages wait; everything else goes on.",
        "Refused 0 Waiting 3",
    ),
    ("throttled", "SendGrid asks for a pause. It is tried again by itself.", "Refused 0 Waiting 3"),
    ("server error", "SendGrid answered 500.", "0 of 3 sent, 3 unsure"),
    ("partial", "Does not contain a valid address.", "Accepted 2 Refused 1 Waiting 0"),
]


@pytest.mark.parametrize(("situation", "says", "counts"), ANSWERS, ids=[one[0] for one in ANSWERS])
def test_what_sendgrid_answers(ann: Visitor, ada: Visitor, installation: Installation, situation: str, says: str, counts: str) -> None:
    with recordings.on_the_wire("sendgrid", situation) as rehearsal:
        ada.goto("/connections/new/sendgrid")
        ada.press("Add this connection", {f"f_{key}": value for key, value in rehearsal.settings.items()}, name=f"SG {situation}")
        send(ann, installation, f"By {situation}", f"SG {situation}")
        said(ann, installation, says)
        said(ann, installation, counts)
        assert "SECRET" not in ann.page.text
