"""How is a mail signed with DKIM (RFC 6376), and which DNS record must the domain have for it?

The signing itself is dkimpy's. It takes some 7 ms for a 2,048-bit key; a relay that signs is faster.
"""

from __future__ import annotations

import base64
import re

import dkim
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

SIGNED = (
    "from", "to", "subject", "date", "message-id", "reply-to", "mime-version", "content-type", "feedback-id", "list-unsubscribe",
    "list-unsubscribe-post",
)  # fmt: skip
"""Headers under the signature where they are there; one-click headers must be (RFC 8058)."""


def signed(mail: bytes, domain: str, selector: str, key: str) -> bytes:
    """The mail, under a signature. Raises ValueError where the key cannot be used."""
    head = b"\r\n" + mail.partition(b"\r\n\r\n")[0].lower()
    present = [name.encode() for name in SIGNED if f"\r\n{name}:".encode() in head]
    try:
        signature: bytes = dkim.sign(
            mail,
            selector.encode(),
            domain.encode(),
            pem(key),
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=[*present, b"from"],  # named once more than it is there: a second From breaks the signature
        )
    except dkim.DKIMException as wrong:
        raise ValueError("The private key for DKIM cannot be used.") from wrong
    return signature + mail


def dns_record(key: str) -> str:
    """The value of the TXT record at `<selector>._domainkey.<domain>`. Raises ValueError where the key is none."""
    try:
        private = form.load_pem_private_key(pem(key), password=None)
    except TypeError as wrong:
        raise ValueError("The key has a password.") from wrong
    if not isinstance(private, RSAPrivateKey):
        raise ValueError("DKIM needs an RSA key here.")
    der = private.public_key().public_bytes(form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"


def mistake(key: str) -> str | None:
    """What is wrong with a pasted key, in words, or None."""
    try:
        dns_record(key)
    except ValueError:
        return "Paste an RSA private key as it stands in its file, from BEGIN to END, without a password."
    return None


def pem(text: str) -> bytes:
    """The key as PEM, also where its line breaks were lost on the way into a form."""
    found = re.fullmatch(r"\s*-----BEGIN ([A-Z ]+)-----(.*)-----END \1-----\s*", text, re.DOTALL)
    if found is None:
        return text.encode()
    body = "".join(found[2].split())
    lines = "\n".join(body[i : i + 64] for i in range(0, len(body), 64))
    return f"-----BEGIN {found[1]}-----\n{lines}\n-----END {found[1]}-----\n".encode()
