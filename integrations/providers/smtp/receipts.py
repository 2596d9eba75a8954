"""Mails that came back, posted to us one by one by a mail server: raw, and signed by Standard Webhooks with the connection's key.

Mails of a mailbox that we read ourselves come the same way, checked already.
"""

from __future__ import annotations

from integrations import signatures
from integrations.contract import FORGED, Received, Request, Settings, Signature
from integrations.providers.smtp import reports


def signature(settings: Settings, request: Request) -> Signature:
    """Signed with the key of returned mails, where the connection takes them at this door."""
    key, stamp = settings["bounce_key"], request.headers.get("webhook-timestamp", "")
    if settings["bounces"] != "door" or not key or not stamp.isdecimal():
        return FORGED
    given, id = request.headers.get("webhook-signature", ""), request.headers.get("webhook-id", "")
    try:
        genuine = signatures.webhook_signature_is_valid(key, given, id, int(stamp), request.body)
    except ValueError:
        return FORGED
    return Signature(at=signatures.time_of(stamp)) if genuine else FORGED


def receive(settings: Settings, request: Request) -> Received:
    """What one mail says."""
    if not request.checked and not signature(settings, request).genuine:
        return Received(genuine=False)
    return Received(reports.read(request.body, settings["bounce_key"]))
