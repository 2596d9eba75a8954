"""Mailboxes on loopback: as much of IMAP (RFC 3501, 4315) and POP3 (RFC 1939) as whoever reads one needs, over real sockets."""

from __future__ import annotations

import contextlib
import re
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

USER, PASSWORD = "ann", "hidden-word"


@dataclass
class Mailbox:
    """What is in it, by number, and how it misbehaves."""

    mails: dict[int, bytes] = field(default_factory=dict)
    fetched: list[int] = field(default_factory=list)
    sign_ins: int = 0
    cut_at: str = ""
    """The command at which the connection is cut, such as `STORE` or `QUIT`."""
    silent: bool = False
    """It takes the connection and says nothing."""
    shouts: bool = False
    """It answers a mail without end."""
    when_cut: Callable[[], object] = lambda: None
    """What is done as it is cut."""
    tls: ssl.SSLContext | None = None
    starttls: bool = False
    """With `tls`: it speaks plainly until asked, instead of encrypting from the first byte."""
    encrypted: list[bool] = field(default_factory=list)
    """For each user name or password that came: whether the line was encrypted."""
    uidplus: bool = True
    protocol: str = "imap"
    port: int = 0
    _deleted: set[int] = field(default_factory=set)

    def add(self, *mails: bytes) -> None:
        """Deliver mails."""
        for mail in mails:
            self.mails[max(self.mails, default=0) + 1] = mail

    def expunge(self, only: set[int] | None = None) -> None:
        """Take away what was deleted."""
        for uid in self._deleted & (only if only is not None else self._deleted):
            self.mails.pop(uid, None)
            self._deleted.discard(uid)


class _Handler(socketserver.StreamRequestHandler):
    box: Mailbox

    def handle(self) -> None:
        with contextlib.suppress(ssl.SSLError):  # whoever called does not like the certificate
            self.speak()

    def encrypt(self) -> None:
        assert self.box.tls is not None
        self.connection = self.box.tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)

    def signed_in(self) -> None:
        self.box.encrypted.append(isinstance(self.connection, ssl.SSLSocket))

    def speak(self) -> None:
        if self.box.tls is not None and not self.box.starttls:
            self.encrypt()
        if self.box.silent:
            self.rfile.readline()
            return
        self.greet()
        while line := self.rfile.readline():
            words = line.decode("latin-1").strip().split(" ")
            if self.box.cut_at and self.box.cut_at in {word.upper() for word in words[:3]}:
                self.box.when_cut()
                return
            if not self.answer(words):
                return

    def greet(self) -> None:
        raise NotImplementedError

    def answer(self, words: list[str]) -> bool:
        raise NotImplementedError

    def say(self, *lines: bytes) -> None:
        self.wfile.write(b"".join(line + b"\r\n" for line in lines))


class _Imap(_Handler):
    def greet(self) -> None:
        self.say(b"* OK ready")

    def answer(self, words: list[str]) -> bool:
        tag, command = words[0].encode(), words[1].upper()
        match command:
            case "CAPABILITY":
                self.say(b"* CAPABILITY IMAP4rev1" + b" STARTTLS" * self.box.starttls + b" UIDPLUS" * self.box.uidplus)
            case "STARTTLS":
                self.say(tag + b" OK begin")
                self.encrypt()
                return True
            case "LOGIN":
                self.signed_in()
                self.box.sign_ins += 1
                if words[3].strip('"') != PASSWORD:
                    self.say(tag + b" NO SECRET BYTES")
                    return True
            case "SELECT":
                if words[2].strip('"') != "INBOX":
                    self.say(tag + b" NO there is none")
                    return True
                self.say(b"* %d EXISTS" % len(self.box.mails), b"* OK [UIDVALIDITY 7] valid")
            case "UID":
                self.uid(words[2].upper(), words[3], " ".join(words[4:]))
            case "EXPUNGE":
                self.box.expunge()
            case "LOGOUT":
                self.say(b"* BYE", tag + b" OK bye")
                return False
        self.say(tag + b" OK done")
        return True

    def uid(self, command: str, which: str, more: str) -> None:
        wanted = set(self.box.mails) if which == "1:*" else {int(which)} & set(self.box.mails)
        for number, uid in enumerate(sorted(self.box.mails), 1):
            if uid not in wanted:
                continue
            if command == "STORE":
                self.box._deleted.add(uid)
            elif command == "EXPUNGE":
                continue
            elif "SIZE" in more:
                self.say(b"* %d FETCH (UID %d RFC822.SIZE %d)" % (number, uid, len(self.box.mails[uid])))
            else:
                self.box.fetched.append(uid)
                size = 10**12 if self.box.shouts else len(self.box.mails[uid])
                self.say(b"* %d FETCH (UID %d BODY[] {%d}" % (number, uid, size))
                self.wfile.write(self.box.mails[uid] + b")\r\n")
        if command == "EXPUNGE":
            self.box.expunge(wanted)


class _Pop3(_Handler):
    def greet(self) -> None:
        self.say(b"+OK ready")

    def answer(self, words: list[str]) -> bool:
        match words[0].upper():
            case "PASS":
                self.box.sign_ins += 1
                self.say(b"+OK" if words[1] == PASSWORD else b"-ERR SECRET BYTES")
            case "LIST":
                self.say(b"+OK", *(b"%d %d" % (n, len(self.box.mails[uid])) for n, uid in self.numbered()), b".")
            case "UIDL":
                self.say(b"+OK", *(b"%d uid-%d" % (n, uid) for n, uid in self.numbered()), b".")
            case "RETR":
                uid = dict(self.numbered())[int(words[1])]
                self.box.fetched.append(uid)
                self.say(b"+OK")
                with contextlib.suppress(OSError):
                    while self.box.shouts:
                        self.wfile.write(b"x" * 1000 + b"\r\n")
                self.wfile.write(re.sub(rb"(?m)^\.", b"..", self.box.mails[uid]) + b".\r\n")
            case "DELE":
                self.box._deleted.add(dict(self.numbered())[int(words[1])])
                self.say(b"+OK")
            case "QUIT":
                self.box.expunge()
                self.say(b"+OK")
                return False
            case other:
                self.begin(other)
        return True

    def begin(self, command: str) -> None:
        """What comes before the sign-in, and what does not matter."""
        if command == "CAPA":
            self.say(b"+OK", *([b"STLS"] if self.box.starttls else []), b".")
        elif command == "STLS" and self.box.starttls:
            self.say(b"+OK begin")
            self.encrypt()
        elif command == "STLS":
            self.say(b"-ERR no")
        else:
            if command == "USER":
                self.signed_in()
            self.say(b"+OK")

    def numbered(self) -> list[tuple[int, int]]:
        return list(enumerate(sorted(self.box.mails), 1))


@contextlib.contextmanager
def serving(protocol: str, *mails: bytes) -> Iterator[Mailbox]:
    """A mailbox that holds these mails, on `port`."""
    box = Mailbox(protocol=protocol)
    box.add(*mails)
    handler = type("Handler", (_Imap if protocol == "imap" else _Pop3,), {"box": box})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()


def settings(box: Mailbox) -> dict[str, str]:
    """The settings of a connection that reads this mailbox."""
    return {
        "bounces": box.protocol,
        "mailbox_host": "127.0.0.1",
        "mailbox_port": str(box.port),
        "mailbox_security": "plain",
        "mailbox_user": USER,
        "mailbox_password": PASSWORD,
        "mailbox_folder": "INBOX",
    }
