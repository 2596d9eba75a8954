"""What never became a request is answered in JSON, too, and ends the connection."""

import json

from webapp.api.door import no_request


def test_the_answer_is_whole_and_has_the_envelope() -> None:
    head, _, body = no_request.answer(414, "URI Too Long", "Request Line is too large (ü)").partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 414 URI Too Long\r\n")
    assert b"Connection: close" in head
    assert b"Content-Length: %d" % len(body) in head
    told = json.loads(body)
    assert told.keys() >= {"code", "key", "message", "details", "request_id"}
    assert (told["code"], told["key"]) == (414, "uri_too_long")
