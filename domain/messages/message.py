"""All parts of a channel's message, compiled together. What a worker renders from and what a preview shows are the same thing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.messages.compile import Compiled, compile_part
from domain.messages.layout import FOOTER, html_from_text, text_from_html, with_preheader
from domain.messages.liquid.escaping import OutputContext
from domain.messages.payload import CompiledPayload, compile_payload
from integrations.contract import Mode, Takes

PLACES = {
    "subject": OutputContext.HEADER,
    "preheader": OutputContext.HEADER,
    "from_name": OutputContext.HEADER,
    "from_email": OutputContext.HEADER,
    "reply_to": OutputContext.HEADER,
    "text": OutputContext.TEXT,
    "html": OutputContext.HTML,
    "payload": OutputContext.JSON,
    "content_type": OutputContext.HEADER,
}
"""Where the variables of each part stand. HTML finds the exact place by itself."""
RAW_TYPE = "text/plain; charset=utf-8"
"""What a raw payload is sent as where nobody says."""

FIELD, OPTION = "field:", "option:"
"""Before the key of a part: a value of the field map by its name there; a choice for the channel, which holds no variables."""


@dataclass(frozen=True, slots=True)
class CompiledMessage:
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
    if parts.get("payload_kind") == "raw":
        return {"payload": parts.get("payload", ""), "content_type": parts.get("content_type", "").strip() or RAW_TYPE}
    if channel != "email":
        return {name: text for name, text in parts.items() if text and name not in {"payload_kind", "content_type"}}
    html, text = parts.get("html", "").strip(), parts.get("text", "").strip()
    plain = text or text_from_html(html)
    made = {
        "html": with_preheader(html or html_from_text(text), parts.get("preheader", "")),
        "text": plain if "links.unsubscribe" in plain else plain + FOOTER,
    }
    kept = {name: value for name, value in parts.items() if value and name not in {"html", "text", "preheader"}}
    written_first = made if html else dict(reversed(made.items()))  # what is wrong with both is told of what was written
    return kept | written_first


def place_of(name: str, parts: Mapping[str, str]) -> OutputContext:
    """Where the variables of this part stand, of a message with these parts: a raw payload is text like any other."""
    if name == "payload" and parts.get("payload_kind") == "raw":
        return OutputContext.TEXT
    return PLACES.get(name, OutputContext.TEXT)


def shape(mode: Mode) -> str:
    """The kind under which this mode's parts are compiled: a field map stays one, whatever the platform sends in the end."""
    return "platform" if mode.takes is Takes.DATA else mode.channel


def values_by_name(parts: Mapping[str, str]) -> dict[str, str]:
    """Of rendered parts, the values of the field map by their names at the platform."""
    return {name.removeprefix(FIELD): text for name, text in parts.items() if name.startswith(FIELD)}


def options(mode: Mode, parts: Mapping[str, str]) -> dict[str, str]:
    """What was chosen for the channel, by key of the mode's options."""
    return {one.key: parts.get(f"{OPTION}{one.key}", one.default) for one in mode.options}


def compile_message(parts: Mapping[str, str], channel: str) -> CompiledMessage:
    """Compile the parts of a channel of kind `channel` (`email`, `sms`, `webhook`, `platform`, …). Raises TemplateError."""
    parts = {name: text for name, text in parts.items() if not name.startswith(OPTION)}
    compiled: dict[str, Compiled | CompiledPayload] = {}
    for name, source in completed(parts, channel).items():
        place = place_of(name, parts)
        compiled[name] = compile_payload(source, name) if place is OutputContext.JSON else compile_part(source, place, name)
    return CompiledMessage(compiled)
