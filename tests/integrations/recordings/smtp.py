"""Mail servers, played by aiosmtpd on loopback: real sockets, real conversations."""

import asyncio
import base64
import contextlib
import functools
import socket
from collections.abc import Iterator
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import rsa

from integrations import signatures
from integrations.contract import Fate, Happened, Receipt, Request
from integrations.providers.smtp import return_path
from tests.integrations.recordings import Rehearsal
from tests.integrations.returned import SAMPLES

EXPECTED = {
    "partial": {Fate.ACCEPTED, Fate.REFUSED},
    "throttled": {Fate.LATER},
    "server error": {Fate.LATER},
    "cut": {Fate.UNSURE},
}
LEFT_OUT = {
    "too big": "a mail that is too big is the distribution's mistake: see test_smtp",
    "stand-in": "the mail server of the tests stands in: see tests/workers/sending/test_through_providers.py",
}
PARTS = {"subject": "For %c%", "text": "Your code: %c%", "html": "<p>%c%</p>", "from_email": "hello@maple.example", "from_name": "Maple"}
BOUNCE_KEY = f"whsec_{base64.b64encode(b'k' * 32).decode()}"
RETURNED = "dlv_0192f3c4a5b67c8d9e0f1a2b3c4d5e6f"
MORE_SETTINGS = ({"bounces": "imap"}, {"return_path": "bounces.maple.example"})


def posted(body: bytes, at: int = 1_776_138_612) -> Request:
    """A mail as a mail server posts it, signed."""
    signed = signatures.webhook_signature([BOUNCE_KEY], "msg_1", at, body)
    return Request({"webhook-id": "msg_1", "webhook-timestamp": str(at), "webhook-signature": signed}, body)


RECEIPTS = [
    (
        posted(SAMPLES["Postfix, no such user"].raw(return_path.token(BOUNCE_KEY, RETURNED))),
        Receipt(Happened.BOUNCED, RETURNED, at=1_776_138_612, reason="There is no such mailbox. (5.1.1)"),
    )
]
ANSWERS = {"throttled": "450 4.7.1 Greylisted, come back later", "server error": "451 4.3.0 Queue file write error"}


class Sink:
    """Keeps what it takes. `rcpt` answers by address, `data` answers every mail; `cut` breaks the connection instead."""

    def __init__(self, situation: str = "success", pipelining: bool = False) -> None:
        self.situation, self.pipelining = situation, pipelining
        self.rcpt: dict[str, str] = {}
        self.mail = ""
        self.data = ""
        self.taken: list[tuple[str, bytes]] = []
        self.senders: list[str] = []
        self.peers: set[tuple[str, int]] = set()

    async def handle_EHLO(self, server: Any, session: Session, envelope: Envelope, hostname: str, responses: list[str]) -> list[str]:  # noqa: N802 - the name aiosmtpd calls
        session.host_name = hostname
        return [responses[0], "250-PIPELINING", *responses[1:]] if self.pipelining else responses

    async def handle_MAIL(self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802 - the name aiosmtpd calls
        self.peers.add(session.peer)
        if self.mail:
            return self.mail
        envelope.mail_from = address
        self.senders.append(address)
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802 - the name aiosmtpd calls
        if address in self.rcpt:
            return self.rcpt[address]
        if self.situation == "partial" and address.startswith("nobody"):
            return "550 5.1.1 The email account that you tried to reach does not exist"
        if self.situation in ANSWERS:
            return ANSWERS[self.situation]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the name aiosmtpd calls
        if self.situation == "cut":
            server.transport.abort()
            return "250 never heard"
        if self.data:
            return self.data
        self.taken.append((envelope.rcpt_tos[0], bytes(envelope.content or b"")))
        return "250 OK"


@contextlib.contextmanager
def serving(sink: Sink, *, sign_in: bool = True, **more: Any) -> Iterator[int]:
    """The sink behind a port of loopback; it knows one user."""

    def authenticate(server: Any, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        fits = isinstance(data, LoginPassword) and data.password == b"hidden-word" and sink.situation != "bad key"
        return AuthResult(success=fits, handled=False)

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    loop = asyncio.new_event_loop()
    controller = Controller(
        sink, loop=loop, hostname="127.0.0.1", port=port, authenticator=authenticate, auth_required=sign_in, auth_require_tls=False, **more
    )
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@functools.cache
def private_key() -> str:
    key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()).decode().strip()


def settings(port: int) -> dict[str, str]:
    return {
        "host": "127.0.0.1", "port": str(port), "security": "plain", "username": "ann", "password": "hidden-word", "per_connection": "100",
        "return_path": "bounces@maple.example", "signing": "own", "dkim_domain": "maple.example", "dkim_selector": "s1",
        "dkim_key": private_key(), "bounces": "door", "bounce_key": BOUNCE_KEY, "mailbox_host": "127.0.0.1", "mailbox_port": "1",
        "mailbox_security": "plain", "mailbox_user": "ann", "mailbox_password": "hidden-word", "mailbox_folder": "INBOX",
    }  # fmt: skip


@contextlib.contextmanager
def peer(situation: str) -> Iterator[Rehearsal]:
    sink = Sink(situation)
    with serving(sink) as port:
        rehearsal = Rehearsal(settings(port))
        yield rehearsal
        rehearsal.taken.extend(address for address, _ in sink.taken)
