"""What becomes of a picture that somebody uploads? Another one, made of its pixels alone: known by its content, small, telling nothing.

Run in a process with limits (`domain.messages.trial.pictures`): whoever uploads can upload something that would keep a processor busy.
"""

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

LARGEST = 8 * 1024 * 1024
"""Bytes of an upload."""
MOST_PIXELS = 40_000_000
"""Of one picture, all frames of a moving one together."""
WIDEST = 1280
"""Pixels: twice what the widest mail shows. What is wider becomes narrower, unless it moves."""
LARGEST_MOVING = 4 * 1024 * 1024
"""Bytes of a moving picture, re-encoded."""
BULKY = 150 * 1024
"""Bytes of a PNG from which on an opaque one is tried as JPEG."""
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
"""What Pillow may take it for. It calls some JPEG of phones MPO once it has opened them."""
NOT_A_PICTURE = "This is no picture that mails can show. Choose a PNG, JPEG, GIF or WebP file."
BROKEN = "This picture is damaged or incomplete. Save it again with another program, and upload that."


class PictureRefused(ValueError):
    """It cannot be taken; the text says why, and what can."""


@dataclass(frozen=True, slots=True)
class Reencoded:
    """A picture as it is kept."""

    type: str
    body: bytes
    width: int
    height: int
    frames: int = 1


def reencoded(data: bytes) -> Reencoded:
    """The picture made of these bytes. Raises PictureRefused, in words, for what is none, is too large or cannot be read."""
    from PIL import Image, UnidentifiedImageError  # keeps a process small that takes no pictures

    if len(data) > LARGEST:
        raise PictureRefused(
            f"The file is larger than {LARGEST >> 20} MB. Make it smaller; mails show at most {WIDEST // 2} pixels across."
        )
    Image.MAX_IMAGE_PIXELS = None  # asked below, sooner and by numbers of our own
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            return _made(opened)
    except UnidentifiedImageError as wrong:
        raise PictureRefused(NOT_A_PICTURE) from wrong
    except (OSError, ValueError, SyntaxError, EOFError) as wrong:
        if isinstance(wrong, PictureRefused):
            raise
        raise PictureRefused(BROKEN) from wrong


def _too_many(frames: int) -> str:
    all_of = f" in its {frames} frames" if frames > 1 else ""
    return f"The picture has more than {MOST_PIXELS // 1_000_000} million pixels{all_of}. Make it smaller and upload that."


def _made(opened: "Image.Image") -> Reencoded:
    """Asks the size of what the head of the file claims before a pixel is decoded."""
    width, height = opened.size
    if width * height > MOST_PIXELS:
        raise PictureRefused(_too_many(1))
    if opened.format == "GIF" and getattr(opened, "is_animated", False):
        return _moving(opened)
    return _still(opened)


def _moving(opened: Any) -> Reencoded:
    """Every frame with its time; how often it repeats; nothing else of the file."""
    from PIL import GifImagePlugin, ImageSequence  # keeps a process small that takes no pictures

    GifImagePlugin.LOADING_STRATEGY = GifImagePlugin.LoadingStrategy.RGB_AFTER_DIFFERENT_PALETTE_ONLY
    width, height = opened.size
    if width * height * opened.n_frames > MOST_PIXELS:
        raise PictureRefused(_too_many(opened.n_frames))
    times, frames = [], []
    for frame in ImageSequence.Iterator(opened):
        times.append(frame.info.get("duration", 100))
        one = frame.copy()
        one.info = {name: value for name, value in one.info.items() if name == "transparency"}
        frames.append(one)
    loop = {"loop": opened.info["loop"]} if "loop" in opened.info else {}
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=times, disposal=2, optimize=False, **loop)
    if len(out.getvalue()) > LARGEST_MOVING:
        raise PictureRefused(f"This moving picture is larger than {LARGEST_MOVING >> 20} MB. Take fewer frames, or a smaller size.")
    return Reencoded("image/gif", out.getvalue(), width, height, len(frames))


def _still(opened: "Image.Image") -> Reencoded:
    from PIL import Image, ImageOps  # keeps a process small that takes no pictures

    if opened.format in {"JPEG", "MPO"}:
        opened.draft("RGB", (WIDEST, WIDEST * opened.height // max(1, opened.width)))
    profile = opened.info.get("icc_profile")
    picture = ImageOps.exif_transpose(opened)
    clear = picture.has_transparency_data
    if picture.mode not in {"RGB", "RGBA", "L", "P"} or picture.width > WIDEST or profile:
        picture = picture.convert("RGBA" if clear else "RGB")
    if profile and not clear:
        picture = _in_srgb(picture, profile)
    if picture.width > WIDEST:
        picture = picture.resize((WIDEST, max(1, picture.height * WIDEST // picture.width)), Image.Resampling.LANCZOS)
    type, body = _smallest(picture, clear, photo=opened.format in {"JPEG", "MPO", "WEBP"})
    return Reencoded(type, body, picture.width, picture.height)


def _in_srgb(picture: "Image.Image", profile: bytes) -> "Image.Image":
    """The same colours without the profile, which is not kept."""
    from PIL import ImageCms  # keeps a process small that takes no pictures

    try:
        changed = ImageCms.profileToProfile(picture, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return picture
    return changed if changed is not None else picture


def _smallest(picture: "Image.Image", clear: bool, photo: bool) -> tuple[str, bytes]:
    """A photo as JPEG, everything else as PNG; an opaque PNG that is bulky as JPEG, where that is smaller."""
    if photo and not clear:
        return "image/jpeg", _written(picture.convert("RGB"), "JPEG", quality=84, progressive=True, optimize=True)
    kept = {"transparency": picture.info["transparency"]} if picture.mode == "P" and "transparency" in picture.info else {}
    body = _written(picture, "PNG", optimize=True, **kept)
    if len(body) > BULKY and not clear:
        smaller = _written(picture.convert("RGB"), "JPEG", quality=84, progressive=True, optimize=True)
        if len(smaller) < len(body) // 2:
            return "image/jpeg", smaller
    return "image/png", body


def _written(picture: "Image.Image", format: str, **how: Any) -> bytes:
    """Written from a copy without anything but pixels, so that no comment, place or name of a camera goes along."""
    clean = picture.copy()
    clean.info = {}
    out = io.BytesIO()
    clean.save(out, format, **how)
    return out.getvalue()
