"""TLS over checked addresses: the name on the certificate is the name that was asked for, not the address that was checked."""

import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from integrations import catalogue
from integrations.contract import Fate, Stop
from integrations.http import Answer, Failure, Http, Reach
from integrations.providers.smtp import mailbox
from tests.integrations import certificates
from tests.integrations.peer import answering
from tests.integrations.recordings.smtp import Sink, serving, settings
from tests.integrations.returned import standin
from tests.integrations.test_smtp import HTTP, PLAIN, a_batch, message

SMTP = catalogue.provider("smtp")


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """`mail.example` and `other.example` are this machine."""
    real = socket.getaddrinfo

    def resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        return real("127.0.0.1" if str(host).endswith(".example") else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Make a certificate that everybody in this test trusts."""

    def made(name: str) -> Path:
        file = certificates.of(name, tmp_path)
        real = ssl.create_default_context
        monkeypatch.setattr(ssl, "create_default_context", lambda *args, **kwargs: real(cafile=str(file)))
        return file

    return made


@pytest.mark.parametrize("name", ["mail.example", "other.example"])
def test_https_wants_the_name_that_was_asked_for(names: None, tmp_path: Path, name: str) -> None:
    file = certificates.of("mail.example", tmp_path)
    with answering(lambda seen: (200, {}, b"")) as peer:
        peer.wrap(certificates.served(file))
        http = Http(("127.0.0.0/8",))
        http._session.verify = str(file)
        happened = http.post(f"https://{name}:{peer.port}/", body=b"secret", headers={})

    if name == "mail.example":
        assert isinstance(happened, Answer)
        assert peer.seen[0].headers["host"] == f"mail.example:{peer.port}"
    else:
        assert isinstance(happened, Failure)
        assert (happened.reach, peer.seen) == (Reach.NOT_CONNECTED, [])
        assert "certificate" in happened.reason


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mails_leave_encrypted(names: None, trusted: Callable[[str], Path], security: str) -> None:
    served, sink = certificates.served(trusted("mail.example")), Sink()
    how: dict[str, Any] = {"ssl_context": served} if security == "tls" else {"tls_context": served, "require_starttls": True}
    with serving(sink, **how) as port:
        given = settings(port) | PLAIN | {"security": security, "host": "mail.example"}
        outcomes = list(SMTP.modes[0].send(HTTP, given, a_batch(message())))
        checked = SMTP.check(HTTP, given, 0)

    assert [o.fate for o in outcomes] == [Fate.ACCEPTED]
    assert checked.works
    assert len(sink.taken) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_nobody_knows_gets_no_password(names: None, tmp_path: Path, security: str) -> None:
    served, sink = certificates.served(certificates.of("mail.example", tmp_path)), Sink()
    how: dict[str, Any] = {"ssl_context": served} if security == "tls" else {"tls_context": served, "require_starttls": True}
    with serving(sink, **how) as port:
        given = settings(port) | PLAIN | {"security": security, "host": "mail.example"}
        with pytest.raises(Stop, match="certificate"):
            list(SMTP.modes[0].send(HTTP, given, a_batch(message())))

    assert sink.taken == []


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mailbox_is_read_encrypted(names: None, trusted: Callable[[str], Path], protocol: str, security: str) -> None:
    with standin.serving(protocol, b"Subject: back\r\n\r\nHi\r\n") as box:
        box.tls, box.starttls = certificates.served(trusted("mail.example")), security == "starttls"
        given = standin.settings(box) | {"mailbox_host": "mail.example", "mailbox_security": security}
        found = mailbox.collect(HTTP, given, lambda mail: True, ())

    assert (found.taken, found.problem) == (1, "")
    assert box.mails == {}
    assert box.encrypted == [True]


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("host", ["mail.example", "other.example"])
def test_a_mailbox_with_a_certificate_that_is_not_its_own_gets_no_password(
    names: None, trusted: Callable[[str], Path], tmp_path: Path, protocol: str, security: str, host: str
) -> None:
    (tmp_path / "theirs").mkdir()
    shown = trusted("mail.example") if host == "other.example" else certificates.of("mail.example", tmp_path / "theirs")
    with standin.serving(protocol, b"Subject: back\r\n\r\nHi\r\n") as box:
        box.tls, box.starttls = certificates.served(shown), security == "starttls"
        given = standin.settings(box) | {"mailbox_host": host, "mailbox_security": security}
        found = mailbox.collect(HTTP, given, lambda mail: True, ())

    assert found.problem == f"{host} did not show a certificate we can trust."
    assert (box.encrypted, box.sign_ins, len(box.mails)) == ([], 0, 1)


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_a_mailbox_that_does_not_encrypt_gets_no_password(names: None, protocol: str) -> None:
    with standin.serving(protocol, b"Subject: back\r\n\r\nHi\r\n") as box:
        found = mailbox.collect(HTTP, standin.settings(box) | {"mailbox_security": "starttls"}, lambda mail: True, ())

    assert found.problem
    assert (box.encrypted, box.sign_ins) == ([], 0)
