"""How are mailboxes spoken to? IMAP (RFC 3501) and POP3 (RFC 1939) by Python's own clients, through the guard."""

from __future__ import annotations

import imaplib
import poplib
import re
import socket
import ssl
from collections.abc import Callable
from typing import Any, Protocol

from integrations.contract import Settings
from integrations.http import Http
from integrations.providers.smtp.reports import LARGEST
from integrations.wire.deadlines import Deadline

TRANSFER = 4 * LARGEST
"""Bytes that a server may send as one answer; more is no mailbox."""
SIGN_IN = "{host} refused to sign us in to the mailbox: check user name and password."
FOLDER = "{host} has no folder of this name."


class MailboxTrouble(Exception):
    """The mailbox cannot be read. Args: a sentence with `{host}` and `{port}`."""


class Box(Protocol):
    """A mailbox that is open."""

    def ids(self) -> dict[str, int]:
        """The mails, oldest first, each with its size in bytes."""

    def fetch(self, id: str) -> bytes:
        """One mail."""

    def delete(self, id: str) -> None:
        """Take it away."""

    def close(self) -> None:
        """End, and let deletions count."""


class _Imap(imaplib.IMAP4):
    """A connection made through the guard, which reads no endless answer."""

    def __init__(self, given: MailboxServer) -> None:
        self._given = given
        super().__init__(given.host, given.port, given.timeout)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return self._given.connected()

    def read(self, size: int) -> bytes:
        """A literal of this size."""
        if size > TRANSFER:
            raise self.abort("more than a mail")
        return super().read(size)


class _Pop3(poplib.POP3):
    """A connection made through the guard, which reads no endless answer."""

    def __init__(self, given: MailboxServer) -> None:
        self._given, self._read = given, 0
        super().__init__(given.host, given.port, given.timeout)

    def _create_socket(self, timeout: float) -> socket.socket:
        return self._given.connected()

    def _getline(self) -> tuple[bytes, int]:
        line, octets = super()._getline()  # type: ignore[misc] # the one place all answers come through
        self._read += octets
        if self._read > TRANSFER:
            raise poplib.error_proto("more than a mail")
        return line, octets

    def begin(self) -> None:
        """Count the bytes of the next answer anew."""
        self._read = 0


class MailboxServer:
    """Where the mailbox is, and how it is reached."""

    def __init__(self, http: Http, settings: Settings, deadline: Deadline) -> None:
        self.host, self.port, self.security = settings["mailbox_host"], int(settings["mailbox_port"]), settings["mailbox_security"]
        self.user, self.password, self.folder = settings["mailbox_user"], settings["mailbox_password"], settings["mailbox_folder"]
        self.timeout, self.tls = http.deadlines.single, ssl.create_default_context()
        self._guard, self._connect, self._deadline = http.guard, http.deadlines.connect, deadline

    def connected(self) -> socket.socket:
        """A socket to a checked address, with TLS where that begins at once."""
        plain = self._guard.connect(self.host, self.port, min(self._connect, self._deadline.left()))
        plain.settimeout(self.timeout)
        self._deadline.attach(plain)
        return self.tls.wrap_socket(plain, server_hostname=self.host) if self.security == "tls" else plain


class _ImapBox:
    def __init__(self, given: MailboxServer) -> None:
        self._server = _Imap(given)
        if given.security == "starttls":
            self._server.starttls(given.tls)
        try:
            self._server.login(given.user, given.password)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as no:
            raise MailboxTrouble(SIGN_IN) from no
        if self._server.select(_quoted(given.folder))[0] != "OK":
            raise MailboxTrouble(FOLDER)
        self._valid = str((self._server.response("UIDVALIDITY")[1] or [b"0"])[0])

    def ids(self) -> dict[str, int]:
        found = self._ask("FETCH", "1:*", "(UID RFC822.SIZE)") if self._server.untagged_responses.get("EXISTS", [b"0"])[-1] != b"0" else []
        lines = [item if isinstance(item, bytes) else item[0] for item in found if item]
        sizes = {}
        for line in lines:
            uid, size = re.search(rb"UID (\d+)", line), re.search(rb"RFC822\.SIZE (\d+)", line)
            if uid and size:
                sizes[f"{self._valid}:{int(uid[1])}"] = int(size[1])
        return sizes

    def fetch(self, id: str) -> bytes:
        found = self._ask("FETCH", _uid(id), "(BODY.PEEK[])")
        return next((bytes(item[1]) for item in found if isinstance(item, tuple)), b"")

    def delete(self, id: str) -> None:
        self._ask("STORE", _uid(id), "+FLAGS.SILENT", r"(\Deleted)")
        if "UIDPLUS" in self._server.capabilities:
            self._ask("EXPUNGE", _uid(id))
        else:
            self._server.expunge()

    def close(self) -> None:
        self._server.logout()

    def _ask(self, *words: str) -> list[Any]:
        status, found = self._server.uid(*words)
        if status != "OK":
            raise imaplib.IMAP4.abort("refused")
        return found


class _PopBox:
    def __init__(self, given: MailboxServer) -> None:
        self._server = _Pop3(given)
        if given.security == "starttls":
            self._server.stls(given.tls)
        try:
            self._server.user(given.user)
            self._server.pass_(given.password)
        except poplib.error_proto as no:
            if not isinstance(no.args[0], bytes):  # poplib's own words: the server hung up
                raise
            raise MailboxTrouble(SIGN_IN) from no
        self._numbers: dict[str, int] = {}

    def ids(self) -> dict[str, int]:
        sizes = {int(line.split()[0]): int(line.split()[1]) for line in self._lines("list")}
        names = (line.split(maxsplit=1) for line in self._lines("uidl"))
        self._numbers = {name.decode("ascii", "replace"): int(number) for number, name in names}
        return {name: sizes.get(number, 0) for name, number in self._numbers.items()}

    def fetch(self, id: str) -> bytes:
        self._server.begin()
        return b"\r\n".join(self._server.retr(self._numbers[id])[1]) + b"\r\n"

    def delete(self, id: str) -> None:
        self._server.dele(self._numbers[id])

    def close(self) -> None:
        self._server.quit()

    def _lines(self, command: str) -> list[bytes]:
        self._server.begin()
        listed: tuple[bytes, list[bytes], int] = getattr(self._server, command)()
        return listed[1]


PROTOCOLS: dict[str, Callable[[MailboxServer], Box]] = {"imap": _ImapBox, "pop3": _PopBox}


def _uid(id: str) -> str:
    return id.rpartition(":")[2]


def _quoted(folder: str) -> str:
    """A folder as IMAP writes one with any character; letters outside ASCII are written in modified UTF-7 by whoever names it."""
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
