"""All parts of a channel's message, compiled together. What a worker renders from and what a preview shows are the same thing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.messages.compile import Compiled, compile_part
from domain.messages.layout import FOOTER, html_from_text, text_from_html, with_preheader
from domain.messages.payload import CompiledPayload, compile_payload
from domain.messages.places import Place

PLACES = {
    "subject": Place.HEADER,
    "preheader": Place.HEADER,
    "from_name": Place.HEADER,
    "from_email": Place.HEADER,
    "reply_to": Place.HEADER,
    "text": Place.TEXT,
    "html": Place.HTML,
    "payload": Place.JSON,
}
"""Where the variables of each part stand. HTML finds the exact place by itself."""


@dataclass(frozen=True, slots=True)
class Message:
    """The compiled parts of one channel."""

    parts: Mapping[str, Compiled | CompiledPayload]

    def values(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """Every slot of every part for these facts: what is stored with a delivery. Raises TemplateError."""
        return {key: value for part in self.parts.values() for key, value in part.values(facts).items()}

    def assemble(self, values: Mapping[str, str]) -> dict[str, str]:
        """The parts as this recipient gets them."""
        return {name: part.assemble(values) for name, part in self.parts.items()}

    def template(self) -> dict[str, str]:
        """The parts with slot keys where values go."""
        return {name: part.template() for name, part in self.parts.items()}


def completed(parts: Mapping[str, str], channel: str) -> dict[str, str]:
    """The parts with what can be made from them: the other body of a mail, its footer, its preheader."""
    if channel != "email":
        return {name: text for name, text in parts.items() if text}
    html, text = parts.get("html", "").strip(), parts.get("text", "").strip()
    plain = text or text_from_html(html)
    made = {
        "html": with_preheader(html or html_from_text(text), parts.get("preheader", "")),
        "text": plain if "links.unsubscribe" in plain else plain + FOOTER,
    }
    kept = {name: value for name, value in parts.items() if value and name not in {"html", "text", "preheader"}}
    return kept | made


def compile_message(parts: Mapping[str, str], channel: str) -> Message:
    """Compile the parts of a channel of kind `channel` (`email`, `sms`, `webhook`, …). Raises TemplateError."""
    compiled: dict[str, Compiled | CompiledPayload] = {}
    for name, source in completed(parts, channel).items():
        place = PLACES.get(name, Place.TEXT)
        compiled[name] = compile_payload(source, name) if place is Place.JSON else compile_part(source, place, name)
    return Message(compiled)
