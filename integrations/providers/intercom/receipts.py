"""What do Intercom's webhooks tell? Who unsubscribed from its e-mails, altogether or from one subscription. Signed with HMAC-SHA1.

https://developers.intercom.com/docs/references/webhooks/webhook-models
They name people and not our messages: there is no topic for what was delivered.
"""

from __future__ import annotations

import re
from typing import Any

from integrations import outside_json, signatures
from integrations.contract import FORGED, UNSIGNED, Happened, Receipt, Received, Request, Settings, Signature

TOPICS = {
    "contact.unsubscribed": Happened.UNSUBSCRIBED_ALL,
    "user.unsubscribed": Happened.UNSUBSCRIBED_ALL,
    "granular.unsubscribe": Happened.UNSUBSCRIBED,
}
"""Topics that are opt-outs. Who subscribes there again says so here, too; who is deleted there has left nothing here."""


def signature(settings: Settings, request: Request) -> Signature:
    """Signed where the connection has the client secret."""
    secret = settings["client_secret"]
    if not secret:
        return UNSIGNED
    given = re.fullmatch(r"sha1=([0-9a-fA-F]{40})", request.headers.get("x-hub-signature", ""))
    genuine = given is not None and signatures.hmac_is_valid(secret.encode(), request.body, bytes.fromhex(given[1]), "sha1")
    return Signature() if genuine else FORGED


def receive(settings: Settings, request: Request) -> Received:
    """The one notification of a post."""
    if not request.checked and not signature(settings, request).genuine:
        return Received(genuine=False)
    try:
        document = outside_json.read(request.body)
    except ValueError:
        return Received(genuine=False)
    if not isinstance(document, dict) or document.get("type") != "notification_event":
        return Received(genuine=False)
    receipt = _receipt(document)
    return Received((receipt,) if receipt else (), signed=bool(settings["client_secret"]))


def _receipt(document: dict[str, Any]) -> Receipt | None:
    happened = TOPICS.get(str(document.get("topic") or ""))
    item = _dict(_dict(document.get("data")).get("item"))
    address = next((str(one["email"]) for one in (item, _dict(item.get("contact")), _dict(item.get("user"))) if one.get("email")), "")
    if happened is None or not address:
        return None
    at = document.get("created_at")
    return Receipt(happened, address=address, at=at if isinstance(at, int) else 0)


def _dict(found: Any) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}
