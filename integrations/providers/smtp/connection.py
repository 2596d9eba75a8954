"""An open line to a mail server: connected through the guard, signed in, kept by its thread for the next mails.

It says what the server answered and how far a mail came; what that means is in the provider's table.
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
class Server:
    """Where to connect, and how. `security` is `starttls`, `tls` or `plain`; an empty `username` does not sign in."""

    host: str
    port: int
    security: str
    username: str = ""
    password: str = ""
    timeout: float = 30.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server answered to one command of a mail. `stage`: `mail`, `rcpt`, `data`, `end`."""

    stage: str
    code: int
    text: str

    @property
    def enhanced(self) -> str:
        """The enhanced status code (RFC 3463), or empty."""
        first = self.text.partition(" ")[0]
        return first if first.count(".") == 2 and first.replace(".", "").isdigit() else ""


class NoLine(Exception):
    """The server could not be reached: nothing was sent. `lasting`: it will not help to try again. Args: a sentence."""

    def __init__(self, why: str, lasting: bool = False) -> None:
        super().__init__(why)
        self.lasting = lasting


class Broken(Exception):
    """The line broke during a mail. `sent`: its body had begun to leave."""

    def __init__(self, sent: bool) -> None:
        super().__init__()
        self.sent = sent


PATIENCE = 120.0
"""Seconds to wait for the word about a whole mail: a server may scan it first, and leaving early would make it unsure."""


class Line(smtplib.SMTP):
    """One connection. `mails` counts what it carried."""

    def __init__(self, guard: Guard, server: Server) -> None:
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
            self._needs("starttls", "STARTTLS")
            self.starttls(context=self._tls)
            self.ehlo()
        if self._server.username:
            self._needs("auth", "signing in")
            self.login(self._server.username, self._server.password)

    def _needs(self, extension: str, spoken: str) -> None:
        if not self.has_extn(extension):
            self.close()
            raise NoLine(
                f"{self._server.host} does not offer {spoken} on port {self._server.port}: change port or encryption.", lasting=True
            )

    def alive(self) -> bool:
        """Whether the server still listens; whatever was begun is forgotten (RSET)."""
        try:
            return self.rset()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False

    def carry(self, sender: str, recipient: str, mail: bytes) -> Reply:
        """One mail to one recipient: the first answer that is a no, or the last yes. Raises Broken."""
        self.mails += 1
        sent = False
        try:
            if not self._clean:
                self.rset()
            self._clean = False
            refusal = self._envelope(sender, recipient)
            if refusal is not None:
                self._left_with(refusal)
                return refusal
            sent = True
            self.send(mail.replace(b"\r\n.", b"\r\n..") + b".\r\n")
            self._await(PATIENCE)
            code, text = self.getreply()
            self._await(self._server.timeout)
            self._clean = code == 250
            return self._left_with(_reply("end", code, text))
        except (OSError, smtplib.SMTPException) as why:
            self.close()
            raise Broken(sent) from why

    def _await(self, seconds: float) -> None:
        if self.sock is not None:
            self.sock.settimeout(seconds)

    def _left_with(self, reply: Reply) -> Reply:
        """421 is a goodbye: the next mail needs a new line."""
        if reply.code == 421:
            self.close()
        return reply

    def _envelope(self, sender: str, recipient: str) -> Reply | None:
        """Say who writes to whom; the first no, or None when the body is awaited. In one go where the server can (RFC 2920)."""
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
            self.close()  # it awaits a body for nobody
        return no[0] if no else None


def _reply(stage: str, code: int, text: bytes) -> Reply:
    return Reply(stage, code, text.decode("utf-8", "replace"))


_kept = threading.local()
KEPT = 8
"""Servers a thread keeps lines to; the one used longest ago is hung up on."""


WHY: tuple[tuple[type[Exception], str, bool], ...] = (
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
"""What kept a line from being opened, in our words (what a server says before it knows us is shown to nobody), and whether it will last."""


def opened(guard: Guard, server: Server) -> Line:
    """A new line, signed in. Raises NoLine."""
    try:
        line = Line(guard, server)
        line.sign_in()
    except Forbidden as why:
        raise NoLine(str(why), lasting=True) from why
    except (OSError, smtplib.SMTPException) as why:
        said, lasting = next((said, lasting) for kind, said, lasting in WHY if isinstance(why, kind))
        refused = isinstance(why, smtplib.SMTPResponseException) and why.smtp_code >= 500
        raise NoLine(said.format(host=server.host, port=server.port), lasting or refused) from why
    return line


@contextlib.contextmanager
def kept(guard: Guard, server: Server, mails: int) -> Iterator[Line]:
    """This thread's line to the server, opened where there is none, put away again unless it broke or carried `mails`."""
    lines: dict[Server, Line] = _kept.__dict__.setdefault("lines", {})
    line = lines.pop(server, None)
    if line is not None and not line.alive():
        line.close()
        line = None
    line = line or opened(guard, server)
    try:
        yield line
    finally:
        if line.sock is not None and line.mails < mails:
            lines[server] = line
            while len(lines) > KEPT:
                hung_up(lines.pop(next(iter(lines))))
        else:
            hung_up(line)


def hung_up(line: Line) -> None:
    """Say goodbye."""
    with contextlib.suppress(OSError, smtplib.SMTPException):
        line.quit()
    line.close()
