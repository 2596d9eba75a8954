"""Over which connection does a mail go? One that is kept open and not used now, or a new one, and why there is none."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator

from integrations.guard import Forbidden, Guard
from integrations.http import Deadlines
from integrations.providers.smtp.connection import CannotConnect, MailServer, SmtpConnection
from integrations.wire.deadlines import Deadline

_kept: list[tuple[MailServer, SmtpConnection]] = []
_door = threading.Lock()
KEPT_CONNECTIONS = 32
"""How many connections the process keeps open; the one used longest ago is closed."""


CONNECT_ERRORS: tuple[tuple[type[Exception], str, bool], ...] = (
    (socket.gaierror, "{host} is not a known name.", False),
    (ssl.SSLCertVerificationError, "{host} did not show a certificate we can trust.", True),
    (ssl.SSLEOFError, "{host} broke off while the connection was being encrypted.", False),
    (ssl.SSLZeroReturnError, "{host} broke off while the connection was being encrypted.", False),
    (ssl.SSLError, "{host} does not speak TLS on port {port}: choose STARTTLS, or another port.", True),
    (smtplib.SMTPAuthenticationError, "{host} refused to sign us in: check user name and password.", True),
    (smtplib.SMTPServerDisconnected, "{host} does not answer on port {port} as a mail server does.", False),
    (TimeoutError, "{host} does not answer on port {port}.", False),
    (ConnectionRefusedError, "{host} refuses connections on port {port}.", False),
    (ConnectionError, "{host} broke the connection on port {port} off.", False),
    (smtplib.SMTPResponseException, "{host} does not let us in.", False),
    (smtplib.SMTPException, "{host} does not offer a way of signing in that we know.", True),
    (Exception, "{host} could not be reached.", False),
)
"""Error, what a person is told (never the server's own words, before we signed in), and whether trying again cannot help."""


TEMPORARY = "{host} lets nobody in for now: it answered {code}."


def connect(guard: Guard, server: MailServer, deadlines: Deadlines) -> SmtpConnection:
    """A new connection, signed in. Raises CannotConnect."""
    with Deadline(deadlines.single) as deadline:
        try:
            connection = SmtpConnection(guard, server, deadlines, deadline)
            connection.sign_in()
        except Forbidden as why:
            raise CannotConnect(str(why), lasting=True) from why
        except smtplib.SMTPResponseException as why:
            if 400 <= why.smtp_code < 500:
                raise CannotConnect(TEMPORARY.format(host=server.host, code=why.smtp_code), busy=why.smtp_code == 421) from why
            raise _cannot_connect(why, server, refused=why.smtp_code >= 500) from why
        except (OSError, smtplib.SMTPException) as why:
            if deadline.over:
                raise CannotConnect(f"{server.host} does not answer on port {server.port}.") from why
            raise _cannot_connect(why, server) from why
    return connection


def _cannot_connect(why: Exception, server: MailServer, *, refused: bool = False) -> CannotConnect:
    sentence, lasting = next((sentence, lasting) for kind, sentence, lasting in CONNECT_ERRORS if isinstance(why, kind))
    return CannotConnect(sentence.format(host=server.host, port=server.port), lasting or refused)


@contextlib.contextmanager
def kept_connection(guard: Guard, server: MailServer, mails: int, deadlines: Deadlines) -> Iterator[SmtpConnection]:
    """A connection to the server that nobody uses now, or a new one; kept afterwards unless it broke or has delivered `mails`."""
    connection = _taken(server)
    while connection is not None and not connection.alive():
        connection.close()
        connection = _taken(server)
    connection = connection or connect(guard, server, deadlines)
    try:
        yield connection
    finally:
        if connection.sock is not None and connection.mails < mails and connection.ahead is None:
            with _door:
                _kept.append((server, connection))
                old = _kept.pop(0)[1] if len(_kept) > KEPT_CONNECTIONS else None
        else:
            old = connection
        if old is not None:
            hang_up(old)


def _taken(server: MailServer) -> SmtpConnection | None:
    """The connection that was kept last, for a server may have ended the older ones."""
    with _door:
        for n in range(len(_kept) - 1, -1, -1):
            if _kept[n][0] == server:
                return _kept.pop(n)[1]
    return None


def hang_up(connection: SmtpConnection) -> None:
    """End the session (QUIT) and close the connection. Where a mail was promised, QUIT would be its body: then it is only closed."""
    if connection.sock is not None and connection.ahead is None:
        connection.sock.settimeout(2.0)
        with contextlib.suppress(OSError, smtplib.SMTPException):
            connection.quit()
    connection.close()
