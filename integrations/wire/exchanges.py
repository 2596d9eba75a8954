"""What may be kept of a request and its answer? Enough to see why something was not taken; no secrets, and no more than a page."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from integrations.contract import Exchange
from integrations.http import Answer, Failure

MASK = "•••"
MAX_BODY, MAX_ANSWER, MAX_HEADER = 16 * 1024, 4 * 1024, 500
"""The most characters that are kept of a body we sent, of a body that came back, and of a header."""
MAX_HEADERS = 40
PRIVATE_HEADERS = frozenset({"set-cookie", "cookie", "authorization", "proxy-authorization", "www-authenticate"})
"""Headers whose values are never kept, whoever set them."""


def exchange(
    message_id: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    result: Answer | Failure,
    *,
    secret_headers: Collection[str] = (),
    secrets: Iterable[str] = (),
) -> Exchange:
    """The exchange, safe to store: values of `secret_headers` and every one of `secrets`, wherever it occurs, are masked."""
    words = sorted({word for word in secrets if len(word) >= 4}, key=len, reverse=True)
    asked = Exchange(
        message_id,
        _clean(url, words, MAX_HEADER * 4),
        _headers(headers, words, secret_headers),
        _clean(body.decode("utf-8", "replace"), words, MAX_BODY),
        result.milliseconds,
    )
    if isinstance(result, Failure):
        return replace(asked, reason=result.reason)
    answer = _clean(result.body.decode("utf-8", "replace"), words, MAX_ANSWER)
    return replace(asked, status=result.status, answer_headers=_headers(result.headers, words), answer_body=answer)


def _headers(headers: Mapping[str, str], words: list[str], secret: Collection[str] = ()) -> dict[str, str]:
    kept = list(headers.items())[:MAX_HEADERS]
    return {_clean(k, words, MAX_HEADER): MASK if k in PRIVATE_HEADERS or k in secret else _clean(v, words, MAX_HEADER) for k, v in kept}


def _clean(text: str, words: list[str], most: int) -> str:
    """Printable, without the secrets, and cut to `most` characters; the end says how many are missing."""
    for word in words:
        text = text.replace(word, MASK)
    text = "".join(c for c in text if c.isprintable() or c in "\n\t")
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most:,} more characters)"
