"""How is answered what never became a request: no HTTP, or too long a line? As the API does, because a program sent it."""

import json
import secrets


def answer(status: int, reason: str, details: str) -> bytes:
    """The whole answer, as it goes over the wire."""
    told = {"code": status, "key": reason.lower().replace(" ", "_"), "message": reason, "details": details}
    body = json.dumps(told | {"request_id": f"v-{secrets.token_hex(4).upper()}"})
    lines = [f"HTTP/1.1 {status} {reason}", "Connection: close", "Content-Type: application/json", "Cache-Control: private, no-store"]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", body]).encode("ascii")
