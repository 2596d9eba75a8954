"""What may be kept of a request and its answer? Enough to see why something was not taken; no secrets, and no more than a page."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from integrations.contract import Exchange
from integrations.http import Answer, Failure

MASK = "•••"
ASKED, ANSWERED, HEADER = 16 * 1024, 4 * 1024, 500
"""The most characters that are kept of a body we sent, of a body that came back, and of a header."""
HEADERS = 40
PRIVATE = frozenset({"set-cookie", "cookie", "authorization", "proxy-authorization", "www-authenticate"})
"""Headers whose values are never kept, whoever set them."""


def exchange(
    message_id: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    happened: Answer | Failure,
    *,
    secret_headers: Collection[str] = (),
    secrets: Iterable[str] = (),
) -> Exchange:
    """The exchange, fit to be kept: values of `secret_headers` masked, and every one of `secrets` wherever it stands."""
    words = sorted({word for word in secrets if len(word) >= 4}, key=len, reverse=True)
    asked = Exchange(
        message_id,
        _clean(url, words, HEADER * 4),
        _headers(headers, words, secret_headers),
        _clean(body.decode("utf-8", "replace"), words, ASKED),
        happened.milliseconds,
    )
    if isinstance(happened, Failure):
        return replace(asked, reason=happened.reason)
    answer = _clean(happened.body.decode("utf-8", "replace"), words, ANSWERED)
    return replace(asked, status=happened.status, answer_headers=_headers(happened.headers, words), answer_body=answer)


def _headers(headers: Mapping[str, str], words: list[str], secret: Collection[str] = ()) -> dict[str, str]:
    kept = list(headers.items())[:HEADERS]
    return {_clean(k, words, HEADER): MASK if k in PRIVATE or k in secret else _clean(v, words, HEADER) for k, v in kept}


def _clean(text: str, words: list[str], most: int) -> str:
    """Printable, without the secrets, and cut; what is cut off is said."""
    for word in words:
        text = text.replace(word, MASK)
    text = "".join(c for c in text if c.isprintable() or c in "\n\t")
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most:,} more characters)"
