"""What is posted where nobody designed anything? A documented body, written out as a payload with variables and frozen with the version."""

import json
from collections.abc import Collection
from typing import Any

OTHER = "message.sent"
"""`type` of the body where nothing says what people get."""
_FACTS = {
    "voucher": ("code", "discount", "expires", "qr"),
    "campaign": ("name",),
    "promotion": ("name", "banner", "discount", "expires"),
    "segment": ("name",),
}


def default_body(trigger: str, type: str, has: Collection[str], customer: Collection[str], own: Collection[str] = ()) -> str:
    """`{type, timestamp, data}` for this trigger.

    `has`: of `voucher`, `promotion`, `segment`, what the message knows. `customer`: what is said of the customer. `own`: the trigger's
    own variables (`order.amount`).
    """
    known = [noun for noun in _FACTS if noun in has or (noun == "campaign" and "voucher" in has)]
    data: dict[str, Any] = {"customer": _object("customer", customer)} | {noun: _object(noun, _FACTS[noun]) for noun in known}
    for noun, _, key in (path.partition(".") for path in own):
        data[noun] = data.get(noun, {}) | _object(noun, (key,))
    data["distribution"] = _object("distribution", ("id", "name")) | {"trigger": trigger or "manual"}
    body = {"type": type or OTHER, "timestamp": "{{ event.at }}", "data": data}
    return json.dumps(body, indent=2, ensure_ascii=False)


def _object(noun: str, keys: Collection[str]) -> dict[str, str]:
    return {key: f"{{{{ {noun}.{key} }}}}" for key in keys}
