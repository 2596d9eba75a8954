"""How do the pages of a brand elsewhere look as pictures? A disc in a colour of the mail, with the sign of the network on it."""

import functools
import io
from collections.abc import Callable
from typing import TYPE_CHECKING

from domain.messages.mail.contrast import readable_on

if TYPE_CHECKING:
    from PIL import ImageDraw

PIXELS = 96
"""Of a side: three times as large as it is shown, for screens with small dots."""
_FOUR = 4
"""It is drawn so many times larger, then made smaller: Pillow draws no soft edges."""
FONT = 52


@functools.lru_cache(maxsize=64)
def icon(network: str, colour: str) -> bytes:
    """The PNG of a network of `SIGNS` on a disc of this colour (`rrggbb`)."""
    from PIL import Image, ImageDraw  # keeps a process small that draws nothing

    side = PIXELS * _FOUR
    picture = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    pen.ellipse((0, 0, side - 1, side - 1), fill=f"#{colour}")
    SIGNS[network](pen, readable_on(f"#{colour}"), f"#{colour}")
    out = io.BytesIO()
    picture.resize((PIXELS, PIXELS), Image.Resampling.LANCZOS).save(out, "PNG", optimize=True)
    return out.getvalue()


def _box(*places: float) -> tuple[float, ...]:
    return tuple(place * _FOUR for place in places)


def _letters(text: str, down: float) -> Callable[["ImageDraw.ImageDraw", str, str], None]:
    def draw(pen: "ImageDraw.ImageDraw", ink: str, ground: str) -> None:
        from PIL import ImageFont  # keeps a process small that draws nothing

        font = ImageFont.load_default(FONT * _FOUR)
        pen.text((48 * _FOUR, (48 + down) * _FOUR), text, fill=ink, font=font, anchor="mm", stroke_width=_FOUR, stroke_fill=ink)

    return draw


def _instagram(pen: "ImageDraw.ImageDraw", ink: str, ground: str) -> None:
    pen.rounded_rectangle(_box(24, 24, 72, 72), radius=14 * _FOUR, outline=ink, width=6 * _FOUR)
    pen.ellipse(_box(36, 36, 60, 60), outline=ink, width=6 * _FOUR)
    pen.ellipse(_box(60, 30, 66, 36), fill=ink)


def _x(pen: "ImageDraw.ImageDraw", ink: str, ground: str) -> None:
    pen.line(_box(30, 68, 66, 28), fill=ink, width=5 * _FOUR)
    pen.polygon(_box(25, 27, 38, 27, 71, 69, 58, 69), fill=ink)
    pen.polygon(_box(32, 31, 36, 31, 64, 65, 60, 65), fill=ground)


def _youtube(pen: "ImageDraw.ImageDraw", ink: str, ground: str) -> None:
    pen.rounded_rectangle(_box(20, 30, 76, 66), radius=11 * _FOUR, fill=ink)
    pen.polygon(_box(42, 39, 42, 57, 58, 48), fill=ground)


def _tiktok(pen: "ImageDraw.ImageDraw", ink: str, ground: str) -> None:
    pen.ellipse(_box(28, 48, 53, 73), outline=ink, width=8 * _FOUR)
    pen.rectangle(_box(46, 22, 54, 61), fill=ink)
    pen.arc(_box(50, 4, 86, 40), 90, 180, fill=ink, width=8 * _FOUR)


SIGNS: dict[str, Callable[["ImageDraw.ImageDraw", str, str], None]] = {
    "linkedin": _letters("in", -1),
    "facebook": _letters("f", 0),
    "instagram": _instagram,
    "x": _x,
    "youtube": _youtube,
    "tiktok": _tiktok,
}
"""Network, as the block of social links names it -> how its sign is drawn: pen, colour of the sign, colour of the disc."""
