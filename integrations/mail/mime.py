"""How does a message become a mail? Assembled from pieces: what is the same for a whole batch is encoded once, values per recipient.

`email.message` builds some hundred mails a second; this builds many thousands. No value can add a header or a line of its own: header
values lose every control character, and bodies are quoted-printable.
"""

from __future__ import annotations

import base64
import binascii
import email.utils
import hashlib
import re
from collections.abc import Mapping

from integrations.contract import Batch, Message, slot_pattern

_ADDRESS = re.compile(r"[^\s<>()\[\],;:\\\"@\x00-\x1f\x7f]{1,64}@[^\s<>()\[\],;:\\\"@\x00-\x1f\x7f]{1,253}")
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_FOLD = 76
HEADER_PARTS = ("from_email", "from_name", "reply_to", "subject")
BODIES = ("text", "html")


class Assembler:
    """Makes the mails of one batch."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        keys = {key for message in batch.messages for key in message.slots}
        pattern = slot_pattern(keys) if keys else None
        self._pieces = {part: _pieces(batch.template[part], pattern) for part in BODIES if part in batch.template}

    def mail(self, message: Message, extra: Mapping[str, str], *, international: bool = False) -> bytes:
        """The whole mail, lines ending in CR LF. `extra` are further headers, already ASCII. Raises ValueError where an address is none.

        `international`: the server takes a recipient with other letters before the @, who then stands in UTF-8 (RFC 6532).
        """
        parts = {name: self._batch.part(message, name) for name in HEADER_PARTS}
        sender = parts["from_email"]
        headers = {
            "From": address_header(parts["from_name"], sender),
            "To": mailbox(message.address, international=international),
            "Subject": text_header(parts["subject"]),
            "Message-ID": f"<{id_safe(message.id)}@{domain_of(sender)}>",
            "MIME-Version": "1.0",
        }
        if message.attempt_at:
            headers["Date"] = email.utils.formatdate(message.attempt_at)
        if parts["reply_to"]:
            headers["Reply-To"] = address_header("", parts["reply_to"])
        if message.unsubscribe_url:
            headers["List-Unsubscribe"] = f"<{ascii_url(message.unsubscribe_url)}>"
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        headers.update(extra)
        bodies = {part: body for part in BODIES if (body := self._body(part, message))}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("utf-8" if international else "ascii")
        return head + _body_of(bodies, message.id)

    def _body(self, part: str, message: Message) -> bytes:
        if part not in self._pieces:
            return quoted(message.parts.get(part, ""))
        static, keys = self._pieces[part]
        pieces = [static[0]]
        for key, after in zip(keys, static[1:], strict=True):
            pieces += (quoted(message.slots.get(key, "")), after)
        return b"=\r\n".join(pieces)


def _pieces(text: str, pattern: re.Pattern[str] | None) -> tuple[list[bytes], list[str]]:
    """The text between the slots, encoded, and the slots' keys in order. Soft line breaks stand where they are joined."""
    keys = pattern.findall(text) if pattern else []
    between = pattern.split(text) if pattern else [text]
    return [quoted(piece) for piece in between], keys


def quoted(text: str) -> bytes:
    """Quoted-printable (RFC 2045), lines ending in CR LF."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
    return binascii.b2a_qp(lines, istext=True).replace(b"\n", b"\r\n")


def _body_of(bodies: Mapping[str, bytes], id: str) -> bytes:
    match dict(bodies):
        case {"text": text, "html": html}:
            boundary = (
                b"=_" + hashlib.sha256(id.encode()).hexdigest()[:24].encode()
            )  # "=_" never occurs in quoted-printable (RFC 2045, 6.7)
            start = b"--" + boundary + b"\r\n"
            return b"".join(
                (b'Content-Type: multipart/alternative; boundary="', boundary, b'"\r\n\r\n', start, _typed("plain", text), b"\r\n",
                 start, _typed("html", html), b"\r\n--", boundary, b"--\r\n")
            )  # fmt: skip
        case {"html": html}:
            return _typed("html", html) + b"\r\n"
        case rest:
            return _typed("plain", rest.get("text", b"")) + b"\r\n"


def _typed(subtype: str, body: bytes) -> bytes:
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    return head.encode() + body


def text_header(text: str) -> str:
    """A header's value: one line, encoded by RFC 2047 where it is not plain ASCII, folded."""
    clean = one_line(text)
    if clean.isascii() and "=?" not in clean and all(len(token) < _FOLD for token in clean.split(" ")):
        return _folded(clean)
    return "\r\n ".join(_encoded_words(clean))


def address_header(name: str, address: str) -> str:
    """`"Name" <address>` for From, To and Reply-To. Raises ValueError where the address is none."""
    bare = mailbox(address)
    clean = one_line(name)
    if not clean:
        return bare
    if _ATOM.fullmatch(clean) and len(clean) < _FOLD and "=?" not in clean:
        return f'"{clean}" <{bare}>'
    if clean.isascii() and len(clean) < _FOLD and "=?" not in clean:
        escaped = clean.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" <{bare}>'
    return "\r\n ".join(_encoded_words(clean)) + f"\r\n <{bare}>"


def mailbox(address: str, *, international: bool = False) -> str:
    """The address as SMTP takes it, its domain in ASCII. Raises ValueError where it is none, or, unless `international`, has letters that
    only SMTPUTF8 takes.
    """
    if not _ADDRESS.fullmatch(address):
        raise ValueError("This is not a mail address.")
    local, _, domain = address.rpartition("@")
    if not local.isascii() and not (international and local.isprintable()):
        raise ValueError("The mail server takes no letters outside ASCII before the @.")
    try:
        return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode()}"
    except UnicodeError as wrong:
        raise ValueError("The part after the @ is not a domain.") from wrong


def domain_of(address: str) -> str:
    """The part after the @, in ASCII."""
    return mailbox(address).rpartition("@")[2]


_JOINERS = frozenset("\u200c\u200d") | frozenset(map(chr, range(0xE0020, 0xE0080)))


def one_line(text: str) -> str:
    """Without control characters, white space collapsed. What joins letters and emoji (U+200C, U+200D, tags of flags) is no control."""
    return " ".join("".join(c if c.isprintable() or c in _JOINERS else " " for c in text).split())


def id_safe(text: str) -> str:
    """Only what may stand in an id or a Feedback-ID."""
    return re.sub(r"[^A-Za-z0-9._-]", "", text)


_NOT_IN_URL = re.compile(r"[^!-~]|[<>]")


def ascii_url(url: str) -> str:
    """A URL without anything that could end the angle brackets it stands in."""
    return _NOT_IN_URL.sub("", url)


def _folded(text: str) -> str:
    lines, line = [], ""
    for token in text.split(" "):
        if line and len(line) + 1 + len(token) > _FOLD - 12:
            lines.append(line)
            line = token
        else:
            line = f"{line} {token}" if line else token
    return "\r\n ".join([*lines, line])


def _encoded_words(text: str) -> list[str]:
    """RFC 2047: at most 75 characters each, no character torn apart."""
    words, piece = [], b""
    for character in text:
        octets = character.encode("utf-8", "replace")
        if len(piece) + len(octets) > 42:
            words.append(piece)
            piece = b""
        piece += octets
    return [f"=?utf-8?b?{base64.b64encode(piece).decode()}?=" for piece in [*words, piece]]
