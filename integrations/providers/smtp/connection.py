"""How are mails handed to a mail server? Over a connection made through the guard, signed in, and kept by its thread for the next mails.

It reports what the server replied and how far a mail came; what that means for the message is in `replies.py`.
"""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from integrations.guard import Forbidden, Guard


@dataclass(frozen=True)
class MailServer:
    """Where to connect, and how. `security` is `starttls`, `tls` or `plain`; an empty `username` does not sign in."""

    host: str
    port: int
    security: str
    username: str = ""
    password: str = ""
    timeout: float = 30.0


@dataclass(frozen=True, slots=True)
class SmtpReply:
    """What the server answered to one command of a mail. `stage`: `mail`, `rcpt`, `data`, `end`."""

    stage: str
    code: int
    text: str

    @property
    def enhanced(self) -> str:
        """The enhanced status code (RFC 3463), or empty."""
        first = self.text.partition(" ")[0]
        return first if first.count(".") == 2 and first.replace(".", "").isdigit() else ""


class CannotConnect(Exception):
    """The server could not be reached: nothing was sent. `lasting`: it will not help to try again. Args: a sentence."""

    def __init__(self, why: str, lasting: bool = False) -> None:
        super().__init__(why)
        self.lasting = lasting


class ConnectionBroken(Exception):
    """The connection broke during a mail. `sent`: its body had begun to leave."""

    def __init__(self, sent: bool) -> None:
        super().__init__()
        self.sent = sent


FINAL_REPLY_TIMEOUT = 120.0
"""Seconds to wait for the reply to a whole mail: a server may scan it first, and giving up early would leave its fate unsure."""


class SmtpConnection(smtplib.SMTP):
    """One connection. `mails` counts what it delivered."""

    def __init__(self, guard: Guard, server: MailServer) -> None:
        self._guard, self._server = guard, server
        self._tls = ssl.create_default_context()
        self.mails = 0
        self._clean = True
        super().__init__(server.host, server.port, timeout=server.timeout)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = self._guard.connect(host, port, min(timeout, 10.0))
        plain.settimeout(timeout)
        return self._tls.wrap_socket(plain, server_hostname=host) if self._server.security == "tls" else plain

    def sign_in(self) -> None:
        """Greet, encrypt and sign in, as the server's settings say."""
        self.ehlo_or_helo_if_needed()
        if self._server.security == "starttls":
            self._require("starttls", "STARTTLS")
            self.starttls(context=self._tls)
            self.ehlo()
        if self._server.username:
            self._require("auth", "signing in")
            self.login(self._server.username, self._server.password)

    def _require(self, extension: str, label: str) -> None:
        if not self.has_extn(extension):
            self.close()
            raise CannotConnect(
                f"{self._server.host} does not offer {label} on port {self._server.port}: change port or encryption.", lasting=True
            )

    def alive(self) -> bool:
        """Whether the server still answers (to RSET, which also drops a mail half sent)."""
        try:
            return self.rset()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False

    def deliver(self, sender: str, recipient: str, mail: bytes) -> SmtpReply:
        """Deliver one mail to one recipient; the first negative reply, or the last positive one. Raises ConnectionBroken."""
        self.mails += 1
        sent = False
        try:
            if not self._clean:
                self.rset()
            self._clean = False
            refusal = self._envelope(sender, recipient)
            if refusal is not None:
                self._close_after_421(refusal)
                return refusal
            sent = True
            self.send(mail.replace(b"\r\n.", b"\r\n..") + b".\r\n")
            self._set_timeout(FINAL_REPLY_TIMEOUT)
            code, text = self.getreply()
            self._set_timeout(self._server.timeout)
            self._clean = code == 250
            return self._close_after_421(_reply("end", code, text))
        except (OSError, smtplib.SMTPException) as why:
            self.close()
            raise ConnectionBroken(sent) from why

    def _set_timeout(self, seconds: float) -> None:
        if self.sock is not None:
            self.sock.settimeout(seconds)

    def _close_after_421(self, reply: SmtpReply) -> SmtpReply:
        """421 ends the session: the next mail needs a new connection."""
        if reply.code == 421:
            self.close()
        return reply

    def _envelope(self, sender: str, recipient: str) -> SmtpReply | None:
        """Send MAIL, RCPT and DATA, pipelined where possible (RFC 2920). The first negative reply; None when the body may follow."""
        commands = (("mail", f"MAIL FROM:<{sender}>", 250), ("rcpt", f"RCPT TO:<{recipient}>", 250), ("data", "DATA", 354))
        if not self.has_extn("pipelining"):
            for stage, command, wanted in commands:
                code, text = self.docmd(command)
                if code != wanted and not (stage == "rcpt" and code == 251):
                    return _reply(stage, code, text)
            return None
        self.send("".join(f"{command}\r\n" for _, command, _ in commands))
        replies = [_reply(stage, *self.getreply()) for stage, _, _ in commands]
        no = [r for r in replies if r.code not in {250, 251, 354}]
        if no and replies[-1].code == 354:
            self.close()  # it waits for a body without a recipient
        return no[0] if no else None


def _reply(stage: str, code: int, text: bytes) -> SmtpReply:
    return SmtpReply(stage, code, text.decode("utf-8", "replace"))


_of_this_thread = threading.local()
KEPT_CONNECTIONS = 8
"""How many servers a thread keeps connections to; the one used longest ago is closed."""


CONNECT_ERRORS: tuple[tuple[type[Exception], str, bool], ...] = (
    (socket.gaierror, "{host} is not a known name.", False),
    (ssl.SSLCertVerificationError, "{host} did not show a certificate we can trust.", True),
    (ssl.SSLError, "{host} does not speak TLS on port {port}: choose STARTTLS, or another port.", True),
    (smtplib.SMTPAuthenticationError, "{host} refused to sign us in: check user name and password.", True),
    (smtplib.SMTPServerDisconnected, "{host} does not answer on port {port} as a mail server does.", False),
    (TimeoutError, "{host} does not answer on port {port}.", False),
    (ConnectionRefusedError, "{host} refuses connections on port {port}.", False),
    (smtplib.SMTPResponseException, "{host} does not let us in.", False),
    (smtplib.SMTPException, "{host} does not offer a way of signing in that we know.", True),
    (Exception, "{host} could not be reached.", False),
)
"""Error, what a person is told (never the server's own words, before we signed in), and whether trying again cannot help."""


def connect(guard: Guard, server: MailServer) -> SmtpConnection:
    """A new connection, signed in. Raises CannotConnect."""
    try:
        connection = SmtpConnection(guard, server)
        connection.sign_in()
    except Forbidden as why:
        raise CannotConnect(str(why), lasting=True) from why
    except (OSError, smtplib.SMTPException) as why:
        sentence, lasting = next((sentence, lasting) for kind, sentence, lasting in CONNECT_ERRORS if isinstance(why, kind))
        refused = isinstance(why, smtplib.SMTPResponseException) and why.smtp_code >= 500
        raise CannotConnect(sentence.format(host=server.host, port=server.port), lasting or refused) from why
    return connection


@contextlib.contextmanager
def kept_connection(guard: Guard, server: MailServer, mails: int) -> Iterator[SmtpConnection]:
    """This thread's connection to the server, or a new one; kept again afterwards unless it broke or has delivered `mails`."""
    connections: dict[MailServer, SmtpConnection] = _of_this_thread.__dict__.setdefault("connections", {})
    connection = connections.pop(server, None)
    if connection is not None and not connection.alive():
        connection.close()
        connection = None
    connection = connection or connect(guard, server)
    try:
        yield connection
    finally:
        if connection.sock is not None and connection.mails < mails:
            connections[server] = connection
            while len(connections) > KEPT_CONNECTIONS:
                hang_up(connections.pop(next(iter(connections))))
        else:
            hang_up(connection)


def hang_up(connection: SmtpConnection) -> None:
    """End the session (QUIT) and close the connection."""
    with contextlib.suppress(OSError, smtplib.SMTPException):
        connection.quit()
    connection.close()
