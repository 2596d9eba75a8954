"""How is something signed, and is a signature right? The schemes that several providers share."""

from __future__ import annotations

import base64
import binascii
import email.utils
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from integrations import outside_json

PREFIX = "whsec_"


def new_webhook_secret() -> str:
    """A Standard Webhooks secret: 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def webhook_secret_mistake(secret: str) -> str | None:
    """What is wrong with a Standard Webhooks secret, in words, or None."""
    try:
        size = len(_webhook_key(secret))
    except ValueError:
        return "Write the secret as whsec_ and base64, or leave the field empty to have one made."
    return None if 24 <= size <= 64 else "A secret has 24 to 64 bytes; leave the field empty to have one made."


def webhook_signature(keys: Iterable[str], id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature` (Standard Webhooks 1.0): one `v1,…` for each secret, newest first."""
    signed = f"{id}.{timestamp}.".encode() + body
    return " ".join(f"v1,{base64.b64encode(hmac.digest(_webhook_key(key), signed, 'sha256')).decode()}" for key in keys)


def webhook_signature_is_valid(secret: str, header: str, id: str, timestamp: int, body: bytes) -> bool:
    """Whether one of the signatures in `header` was made with `secret`. The caller judges the age of `timestamp`."""
    wanted = webhook_signature([secret], id, timestamp, body)
    return any(hmac.compare_digest(wanted.encode(), given.encode()) for given in header.split(" "))


_SPACE = re.compile(r'("(?:[^"\\]|\\.)*")|\s+')


def voucherify_signature(key: str, body: bytes) -> str:
    """The value of `x-voucherify-signature`: hex HMAC-SHA256 of the body as compact JSON; what is not JSON is signed as it stands."""
    try:
        outside_json.read(body)
    except ValueError:
        signed = body
    else:
        signed = _SPACE.sub(r"\1", body.decode()).encode()
    return hmac.digest(key.encode(), signed, "sha256").hex()


def hmac_is_valid(key: bytes, signed: bytes, signature: bytes, digest: str = "sha256") -> bool:
    """Whether `signature` (raw bytes) is the HMAC of `signed`."""
    return hmac.compare_digest(hmac.digest(key, signed, digest), signature)


def form_signature(key: str, url: str, fields: Iterable[tuple[str, str]]) -> str:
    """Base64 of HMAC-SHA1 over the address and every field, sorted, each value once, as Twilio does it."""
    signed = url + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.digest(key.encode(), signed.encode(), "sha1")).decode()


def form_signature_is_valid(key: str, url: str, fields: Iterable[tuple[str, str]], signature: str) -> bool:
    """Whether a form posted to `url` was signed so."""
    return hmac.compare_digest(form_signature(key, url, fields).encode(), signature.encode())


def with_and_without_port(url: str) -> tuple[str, ...]:
    """The address as it is, and with or without the usual port: not every provider signs the one it was given."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    other = host if parts.port else f"{host}:{usual}"
    return (url, parts._replace(netloc=other).geturl())


def sha256_matches(hexadecimal: str, body: bytes) -> bool:
    """Whether this is the SHA-256 of the body, in hexadecimal digits."""
    return hmac.compare_digest(hashlib.sha256(body).hexdigest().encode(), hexadecimal.lower().encode())


def time_of(stamp: str) -> int:
    """The seconds since 1970 that a signature's stamp says, as a number or as HTTP writes a date; 1 where it says neither."""
    if re.fullmatch(r"[0-9]{1,11}", stamp):
        return max(1, int(stamp))
    try:
        return max(1, int(email.utils.parsedate_to_datetime(stamp).timestamp()))
    except (ValueError, OverflowError):
        return 1


def ecdsa_is_valid(public_key: str, signed: bytes, signature: str) -> bool:
    """Whether `signature` (base64 of DER) over `signed` was made with the P-256 key of which `public_key` is the base64 DER."""
    try:
        key = load_der_public_key(base64.b64decode(public_key))
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return False
        key.verify(base64.b64decode(signature), signed, ec.ECDSA(hashes.SHA256()))
    except (ValueError, binascii.Error, InvalidSignature):
        return False
    return True


def ecdsa_key_mistake(public_key: str) -> str | None:
    """What is wrong with a public key to be pasted, in words, or None."""
    try:
        key = load_der_public_key(base64.b64decode(public_key, validate=True))
    except (ValueError, binascii.Error):
        key = None
    return (
        None
        if isinstance(key, ec.EllipticCurvePublicKey)
        else "Paste the verification key as the provider shows it: one line that begins with MF."
    )


def _webhook_key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as wrong:
        raise ValueError("not base64") from wrong
