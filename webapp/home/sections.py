"""What does Home consist of, and which parts of it changed since somebody looked? Each part is drawn by itself and knows its stamp."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import render_template
from markupsafe import Markup

PARTS = {
    "head": "home/_head.html",
    "needs": "home/_notices.html",
    "week": "home/_week.html",
    "month": "home/_month.html",
    "going": "home/_going.html",
    "lately": "home/_lately.html",
    "aside": "home/_aside.html",
}
"""Key of a part -> its template."""


@dataclass(frozen=True)
class Part:
    """A part as it looks now. `stamp` differs whenever its looks do."""

    key: str
    html: Markup
    stamp: str


def drawn(values: Mapping[str, Any]) -> dict[str, Part]:
    """Every part, by its key."""
    found = {}
    for key, template in PARTS.items():
        html = render_template(template, **values)
        found[key] = Part(key, Markup(html), f"{zlib.crc32(html.encode()):08x}")  # noqa: S704 - a template escaped it
    return found


def changed(values: Mapping[str, Any], seen: Mapping[str, str]) -> list[Part]:
    """The parts that look otherwise than those `seen`, stamps by key."""
    return [part for part in drawn(values).values() if seen.get(part.key) != part.stamp]
