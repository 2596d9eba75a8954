"""Peers that do wrong, byte by byte, on loopback: what a fault is called, and what the peer then does."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import BinaryIO

PAGE = b"<!doctype html><title>Welcome</title>SECRET BYTES"
Act = Callable[[socket.socket, threading.Event], None]
"""What the peer does with a connection whose request it has read; the event says that the test is over."""


def answer(status: str, headers: str = "", body: bytes = PAGE) -> Act:
    def act(asked: socket.socket, over: threading.Event) -> None:
        asked.sendall(f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)

    return act


def reset(asked: socket.socket) -> None:
    """Leave with a reset rather than with a goodbye."""
    asked.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _reset_after(asked: socket.socket, over: threading.Event) -> None:
    reset(asked)


def _half(asked: socket.socket, over: threading.Event) -> None:
    asked.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{"half": ')


def _reset_in_the_answer(asked: socket.socket, over: threading.Event) -> None:
    _half(asked, over)
    over.wait(0.02)
    reset(asked)


def _silence(asked: socket.socket, over: threading.Event) -> None:
    over.wait(3)


def _drip(asked: socket.socket, over: threading.Event) -> None:
    asked.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n")
    while not over.wait(0.02):
        asked.sendall(b" ")


def _goodbye(asked: socket.socket, over: threading.Event) -> None:
    return


HTTP_FAULTS: dict[str, Act] = {
    "429": answer("429 Too Many Requests"),
    "429, Retry-After in seconds": answer("429 Too Many Requests", "Retry-After: 30\r\n"),
    "429, Retry-After as a date": answer("429 Too Many Requests", "Retry-After: Tue, 14 Nov 2023 22:13:50 GMT\r\n"),
    "401": answer("401 Unauthorized"),
    "403": answer("403 Forbidden"),
    "404": answer("404 Not Found"),
    "408": answer("408 Request Timeout"),
    "413": answer("413 Content Too Large"),
    "302": answer("302 Found", "Location: https://elsewhere.example/\r\n"),
    "418": answer("418 I'm a teapot"),
    "500": answer("500 Internal Server Error"),
    "502": answer("502 Bad Gateway"),
    "503": answer("503 Service Unavailable"),
    "half an answer": _half,
    "reset during the request": _reset_after,
    "reset after the request": _reset_after,
    "goodbye without an answer": _goodbye,
    "reset in the answer": _reset_in_the_answer,
    "silence": _silence,
    "an answer that drips": _drip,
    "200 with somebody else’s page": answer("200 OK"),
    "10 MB": answer("200 OK", body=b"x" * 10_000_000),
    "refuses connections": _goodbye,
    "TLS broken": _goodbye,
    "name unknown": _goodbye,
}
"""Name -> what the peer does. The last three are about the way to it: see `http_peer`."""


@contextlib.contextmanager
def http_peer(fault: str) -> Iterator[str]:
    """A peer with this fault; its address."""
    over = threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    if fault == "refuses connections":
        listening.close()
    thread = threading.Thread(target=_serve, args=(listening, fault, over), daemon=True)
    thread.start()
    try:
        match fault:
            case "TLS broken":
                yield f"https://127.0.0.1:{port}"
            case "name unknown":
                yield "http://nowhere.invalid"
            case _:
                yield f"http://127.0.0.1:{port}"
    finally:
        over.set()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        listening.close()
        thread.join(2)


def _serve(listening: socket.socket, fault: str, over: threading.Event) -> None:
    while not over.is_set():
        try:
            asked, _ = listening.accept()
        except OSError:
            return
        with asked, contextlib.suppress(OSError):
            asked.settimeout(2)
            if not over.is_set():
                if fault == "reset during the request":
                    asked.recv(20)
                elif fault != "TLS broken":
                    _read(asked)
                else:
                    asked.recv(5)
                    asked.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                HTTP_FAULTS[fault](asked, over)


def _read(asked: socket.socket) -> None:
    """The whole request."""
    got = b""
    while b"\r\n\r\n" not in got:
        piece = asked.recv(65536)
        if not piece:
            return
        got += piece
    head, _, body = got.partition(b"\r\n\r\n")
    length = next((int(line.partition(b":")[2]) for line in head.splitlines() if line.lower().startswith(b"content-length")), 0)
    while len(body) < length:
        piece = asked.recv(65536)
        if not piece:
            return
        body += piece


STEPS = ("greeting", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "end of the mail")
"""Where a mail server may do wrong."""
REPLIES = ("421", "450", "451", "452", "550", "552", "554", "drop", "silence")


@contextlib.contextmanager
def mail_server(step: str, fault: str, security: str = "plain") -> Iterator[int]:
    """A mail server that is right until `step`; its port. At STARTTLS `cut` breaks off inside the handshake."""
    over = threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]

    talking: list[socket.socket] = []

    def serve() -> None:
        while not over.is_set():
            try:
                asked, _ = listening.accept()
            except OSError:
                return
            with asked, contextlib.suppress(OSError):
                asked.settimeout(2)
                talking.append(asked)
                if not over.is_set():
                    _converse(asked, step, fault, over)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield port
    finally:
        over.set()
        for asked in talking:
            with contextlib.suppress(OSError):
                asked.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        listening.close()
        thread.join(2)


GOOD = {
    "EHLO": b"250-mail.example\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n", "HELO": b"250 mail.example\r\n", "AUTH": b"235 in\r\n",
    "DATA": b"354 go on\r\n", "STARTTLS": b"220 go on\r\n",
}  # fmt: skip


def _converse(asked: socket.socket, step: str, fault: str, over: threading.Event) -> None:
    lines = asked.makefile("rb")
    if _wrong(asked, "greeting", step, fault, over):
        return
    asked.sendall(b"220 mail.example\r\n")
    while line := lines.readline():
        verb = (line.split() or [b""])[0].decode("ascii", "replace").upper()
        here = {"HELO": "EHLO"}.get(verb, verb)
        if _wrong(asked, here, step, fault, over):
            if fault in LEAVES:
                return
            continue
        asked.sendall(GOOD.get(verb, b"250 fine\r\n"))
        if verb in {"STARTTLS", "QUIT"}:
            return  # the handshake finds its end
        if verb == "DATA" and not _taken(asked, lines, step, fault, over):
            return


LEAVES = frozenset({"drop", "silence", "421"})
"""After these the server is gone."""


def _taken(asked: socket.socket, lines: BinaryIO, step: str, fault: str, over: threading.Event) -> bool:
    """Read a mail and answer it; whether the conversation goes on."""
    while lines.readline() not in {b".\r\n", b""}:
        pass
    if _wrong(asked, "end of the mail", step, fault, over):
        return fault not in LEAVES
    asked.sendall(b"250 taken\r\n")
    return True


def _wrong(asked: socket.socket, here: str, step: str, fault: str, over: threading.Event) -> bool:
    """Do wrong where it is time; whether it was."""
    if here != step or fault == "cut":
        return False
    if fault == "silence":
        over.wait(3)
    elif fault != "drop":
        asked.sendall(f"{fault} SECRET\r\n".encode() if here == "greeting" else f"{fault} no\r\n".encode())
    return True
