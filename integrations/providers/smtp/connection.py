"""How are mails handed to a mail server? Over a connection made through the guard, signed in, and kept for the next mails.

It reports what the server replied and how far a mail came; what that means for the message is in `replies.py`.
"""

from __future__ import annotations

import contextlib
import functools
import smtplib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

from integrations.guard import Guard
from integrations.http import Deadlines
from integrations.wire.deadlines import Deadline


@dataclass(frozen=True)
class MailServer:
    """Where to connect, and how. `security` is `starttls`, `tls` or `plain`; an empty `username` does not sign in."""

    host: str
    port: int
    security: str
    username: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who a mail is from, for bounces, and for whom."""

    sender: str
    recipient: str

    def commands(self) -> tuple[tuple[str, str, int], ...]:
        """Stage, command and the reply that lets go on."""
        utf8 = "" if self.recipient.isascii() else " BODY=8BITMIME SMTPUTF8"
        return (("mail", f"MAIL FROM:<{self.sender}>{utf8}", 250), ("rcpt", f"RCPT TO:<{self.recipient}>", 250), ("data", "DATA", 354))


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
    """The server could not be reached: nothing was sent. Args: a sentence.

    `lasting`: it will not help to try again. `busy`: it answers, and wants nobody for now (421 at the greeting).
    """

    def __init__(self, why: str, lasting: bool = False, busy: bool = False) -> None:
        super().__init__(why)
        self.lasting, self.busy = lasting, busy


class ConnectionBroken(Exception):
    """The connection broke during a mail. `sent`: its body had begun to leave. `silent`: the server did not answer in time."""

    def __init__(self, sent: bool, silent: bool) -> None:
        super().__init__()
        self.sent, self.silent = sent, silent


@functools.cache
def _own_name() -> str:
    """What we call ourselves in EHLO; looked up once, for it may take long."""
    return socket.getfqdn()


class SmtpConnection(smtplib.SMTP):
    """One connection. `mails` counts what it delivered.

    Connecting and signing in is over after `single` seconds, so is the envelope of a mail; its body, and the reply to it, after `batch`:
    a server may scan a mail first, and giving up early would leave its fate unsure.
    """

    def __init__(self, guard: Guard, server: MailServer, deadlines: Deadlines, deadline: Deadline) -> None:
        self._guard, self._server, self._deadlines, self._deadline = guard, server, deadlines, deadline
        self._tls = ssl.create_default_context()
        self.mails = 0
        self.ahead: Envelope | None = None
        """The envelope that left together with the last mail: what the server says to it is not read yet, and no other may follow."""
        self._clean = True
        super().__init__(server.host, server.port, local_hostname=_own_name(), timeout=deadlines.single)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = self._guard.connect(host, port, min(self._deadlines.connect, self._deadline.left()))
        plain.settimeout(timeout + 1)
        self._deadline.attach(plain)
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

    @property
    def international(self) -> bool:
        """Whether the server takes letters outside ASCII before the @ (SMTPUTF8, RFC 6531)."""
        return bool(self.has_extn("smtputf8"))

    def alive(self) -> bool:
        """Whether the server still answers (to RSET, which also drops a mail half sent)."""
        try:
            with self._within(self._deadlines.single):
                return self.rset()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False

    @contextlib.contextmanager
    def _within(self, seconds: float) -> Iterator[Deadline]:
        with Deadline(seconds) as deadline:
            if self.sock is not None:
                self.sock.settimeout(seconds + 1)  # the deadline decides, not a single read
                deadline.attach(self.sock)
            yield deadline

    def deliver(self, envelope: Envelope, mail: bytes, following: Envelope | None = None) -> SmtpReply:
        """Deliver one mail; the first negative reply, or the last positive one. Raises ConnectionBroken.

        `following`: the envelope of the mail that will be delivered next. It leaves in the same write where the server can (RFC 2920).
        """
        self.mails += 1
        sent, silent = False, False
        try:
            with self._within(self._deadlines.single) as deadline:
                try:
                    refusal = self._opened(envelope)
                finally:
                    silent = deadline.over
            if refusal is not None:
                return self._close_after_421(refusal)
            sent = True
            with self._within(self._deadlines.batch) as deadline:
                try:
                    self.ahead = following if self.has_extn("pipelining") else None
                    more = _commands(self.ahead) if self.ahead else b""
                    self.send(mail.replace(b"\r\n.", b"\r\n..") + b".\r\n" + more)
                    code, text = self.getreply()
                finally:
                    silent = deadline.over
            self._clean = code == 250
            if self.ahead is not None and not self._clean:
                self.close()  # what it makes of the envelope behind a mail that it did not take is not ours to guess
            return self._close_after_421(_reply("end", code, text))
        except (OSError, smtplib.SMTPException) as why:
            self.close()
            raise ConnectionBroken(sent, silent or isinstance(why, TimeoutError)) from why

    def _close_after_421(self, reply: SmtpReply) -> SmtpReply:
        """421 ends the session: the next mail needs a new connection."""
        if reply.code == 421:
            self.close()
        return reply

    def _opened(self, envelope: Envelope) -> SmtpReply | None:
        """Say whose mail comes, or read what was answered to that ahead. The first negative reply; None when the body may follow."""
        if self.ahead is not None:
            assert self.ahead == envelope, "another mail was promised"
            self.ahead, self._clean = None, False
            return self._answers()
        if not self._clean:
            self.rset()
        self._clean = False
        if self.has_extn("pipelining"):
            self.send(_commands(envelope))
            return self._answers()
        self.command_encoding = "ascii" if envelope.recipient.isascii() else "utf-8"
        for stage, command, wanted in envelope.commands():
            reply = _reply(stage, *self.docmd(command))
            if reply.code != wanted and not (stage == "rcpt" and reply.code == 251):
                return reply
        return None

    def _answers(self) -> SmtpReply | None:
        """The answers to MAIL, RCPT and DATA that left together."""
        replies = []
        for stage in ("mail", "rcpt", "data"):
            replies.append(_reply(stage, *self.getreply()))
            if replies[-1].code == 421:  # nothing follows
                return replies[-1]
        no = [r for r in replies if r.code not in {250, 251, 354}]
        if no and replies[-1].code == 354:
            self.close()  # it waits for a body without a recipient
        return no[0] if no else None


def _commands(envelope: Envelope) -> bytes:
    return "".join(f"{command}\r\n" for _, command, _ in envelope.commands()).encode("utf-8")


def _reply(stage: str, code: int, text: bytes) -> SmtpReply:
    if not 200 <= code < 600:
        raise smtplib.SMTPServerDisconnected("half a reply, or none of a mail server")
    return SmtpReply(stage, code, text.decode("utf-8", "replace"))
