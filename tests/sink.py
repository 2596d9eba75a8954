"""A mail server that keeps what it is given, and misbehaves on request: a real SMTP peer for tests and benches."""

import email
import email.policy
import logging
import socket
import ssl
from collections import Counter
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from aiosmtpd.smtp import log as conversations

conversations.setLevel(logging.ERROR)  # its every line of every conversation would stand among those of the product


@dataclass(frozen=True)
class Mail:
    """One mail as it arrived."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage
    raw: bytes

    def body(self, kind: str = "plain") -> str:
        """The text (`plain`) or `html` of it."""
        part = self.message.get_body((kind,))
        return part.get_content() if part else ""


@dataclass
class Sink:
    """What arrived, and how to misbehave. Change the fields while it runs."""

    mails: list[Mail] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    """Address -> the reply to its RCPT, such as `550 5.1.1 no such user`."""
    refuse_all: str = ""
    """The reply to every DATA, such as `451 4.3.0 try later`."""
    user: str = ""
    password: str = ""
    """With a user, nobody sends without signing in."""
    cut_after_data: int = 0
    """How many of the next connections are cut after the mail was taken, before the reply."""
    cut_at_rcpt: int = 0
    """How many of the next connections are cut at RCPT, when nothing was taken yet."""
    connections: int = 0
    sign_ins: Counter[str] = field(default_factory=Counter)
    port: int = 0

    def to(self, address: str) -> list[Mail]:
        """The mails to one address."""
        return [mail for mail in self.mails if address in mail.recipients]

    def forget(self) -> None:
        """Start again with an empty, well-behaved sink."""
        fresh = Sink(port=self.port)
        self.__dict__.update(fresh.__dict__)

    # What aiosmtpd calls, by these names.

    async def handle_EHLO(self, server: SMTP, session: Session, envelope: Envelope, host: str, said: list[str]) -> list[str]:  # noqa: N802 - the name aiosmtpd calls
        self.connections += 1
        session.host_name = host
        return said

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802 - the name aiosmtpd calls
        if self.cut_at_rcpt:
            self.cut_at_rcpt -= 1
            server.transport.abort()
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the name aiosmtpd calls
        if self.refuse_all:
            return self.refuse_all
        raw = envelope.original_content or b""
        message = email.message_from_bytes(raw, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.mails.append(Mail(envelope.mail_from or "", tuple(envelope.rcpt_tos), message, raw))
        if self.cut_after_data:
            self.cut_after_data -= 1
            server.transport.abort()
        return "250 2.0.0 kept"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        name = given.login.decode()
        self.sign_ins[name] += 1
        fits = name == self.user and given.password.decode() == self.password
        return AuthResult(success=fits, handled=False)


def free_port() -> int:
    """A TCP port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Running:
    """`with Running() as sink:` a sink on a free port of loopback. With `tls`, STARTTLS is offered."""

    def __init__(self, tls: ssl.SSLContext | None = None, user: str = "", password: str = "") -> None:
        self.sink = Sink(user=user, password=password)
        self.controller = Controller(
            self.sink,
            hostname="127.0.0.1",
            port=free_port(),
            tls_context=tls,
            authenticator=self.sink.authenticate,
            auth_required=bool(user),
            auth_require_tls=tls is not None,
        )

    def __enter__(self) -> Sink:
        self.controller.start()
        self.sink.port = self.controller.port
        return self.sink

    def __exit__(self, *_: object) -> None:
        self.controller.stop()
