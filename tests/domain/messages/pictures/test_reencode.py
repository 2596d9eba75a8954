"""What becomes of an uploaded picture: known by its content, small, without what it tells, and never a bomb."""

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from domain.messages.pictures import reencode
from domain.messages.pictures.addresses import address, moved, words
from domain.messages.pictures.reencode import PictureRefused, Reencoded, reencoded
from domain.messages.trial import pictures as limited

SECRET = b"51 Corn Street"
WORD = "0123456789abcdef" * 2


def written(picture: Image.Image, format: str, **how: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, format, **how)
    return out.getvalue()


def read(made: Reencoded) -> Image.Image:
    return Image.open(io.BytesIO(made.body))


def photo(mode: str = "RGB", size: tuple[int, int] = (60, 40)) -> Image.Image:
    return Image.linear_gradient("L").resize(size).convert(mode)


def told() -> dict[str, bytes]:
    """Pictures that tell where they were made, each in the way of its kind."""
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    text = PngInfo()
    text.add_text("Comment", SECRET.decode())
    frames = [photo("P"), photo("P").rotate(90)]
    return {
        "jpeg": written(photo(), "JPEG", exif=exif, comment=SECRET),
        "png": written(photo(), "PNG", pnginfo=text, exif=exif),
        "gif": written(frames[0], "GIF", save_all=True, append_images=frames[1:], comment=SECRET, duration=[70, 140], loop=0),
        "webp": written(photo(), "WEBP", exif=exif),
    }


@pytest.mark.parametrize("kind", told())
def test_what_a_file_tells_beside_its_pixels_is_gone(kind: str) -> None:
    before = told()[kind]
    assert SECRET in before

    made = reencoded(before)

    assert SECRET not in made.body
    assert (made.width, made.height) == (60, 40)
    assert not read(made).getexif()


@pytest.mark.parametrize(
    ("mode", "format", "type"),
    [
        ("RGB", "PNG", "image/png"), ("RGBA", "PNG", "image/png"), ("L", "PNG", "image/png"), ("LA", "PNG", "image/png"),
        ("P", "PNG", "image/png"), ("1", "PNG", "image/png"), ("RGB", "JPEG", "image/jpeg"), ("CMYK", "JPEG", "image/jpeg"),
        ("RGB", "WEBP", "image/jpeg"), ("RGBA", "WEBP", "image/png"), ("P", "GIF", "image/png"),
    ],
)  # fmt: skip
def test_a_picture_is_what_its_content_says_and_what_every_mail_program_shows(mode: str, format: str, type: str) -> None:
    picture = photo(mode)
    if "A" in mode:
        picture.putalpha(photo("L"))

    made = reencoded(written(picture, format))

    assert made.type == type
    assert read(made).get_format_mimetype() == type
    assert read(made).has_transparency_data == ("A" in mode)


def test_a_moving_picture_keeps_its_frames_their_times_and_how_often_it_repeats() -> None:
    frames = [Image.new("RGB", (30, 20), (40 * n, 90, 200)) for n in range(4)]
    made = reencoded(written(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=[50, 100, 150, 200], loop=2))
    shown: Any = read(made)

    assert (made.type, made.frames, shown.n_frames, shown.info["loop"]) == ("image/gif", 4, 4, 2)
    times = []
    for n in range(4):
        shown.seek(n)
        times.append(shown.info["duration"])
        assert shown.convert("RGB").getpixel((5, 5)) == (40 * n, 90, 200)
    assert times == [50, 100, 150, 200]


def test_what_is_wider_than_mails_becomes_narrower_and_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # taken with the phone held upright
    made = reencoded(written(photo(size=(3000, 1500)), "JPEG", exif=exif))

    assert made.height == made.width * 2
    assert made.width <= reencode.WIDEST


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that claims to be as large as this."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


MOVING_BOMB = written(
    Image.new("P", (4000, 3000)), "GIF", save_all=True, append_images=[Image.new("P", (4000, 3000), n) for n in (1, 2, 3)]
)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "no picture"),
        (b"GIF89a but no more", "no picture"),
        (b"%PDF-1.7", "no picture"),
        (b"MZ" + b"\0" * 100, "no picture"),
        (written(photo(), "TIFF"), "no picture"),
        (written(photo(), "BMP"), "no picture"),
        (written(photo(size=(300, 300)), "JPEG")[:900], "damaged"),
        (bomb(60_000, 60_000), "40 million pixels"),
        (bomb(7_000, 6_000), "40 million pixels"),
        (MOVING_BOMB, "in its 4 frames"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * reencode.LARGEST, "larger than 8 MB"),
    ],
    ids=["nothing", "svg", "half a gif", "pdf", "program", "tiff", "bmp", "half a jpeg", "bomb", "large", "moving bomb", "heavy"],
)
def test_what_cannot_be_taken_is_refused_in_words(data: bytes, said: str) -> None:
    with pytest.raises(PictureRefused, match=said):
        reencoded(data)


def test_it_is_made_in_a_process_of_its_own_that_says_what_is_wrong() -> None:
    assert limited.reencoded(written(photo(), "PNG")).type == "image/png"
    with pytest.raises(PictureRefused, match="no picture"):
        limited.reencoded(b"%PDF-1.7")


def test_a_mail_names_a_picture_by_its_word_whatever_the_address() -> None:
    there = address("https://offers.example", WORD, "image/jpeg")
    mail = f'<img src="{there}"> <img src="http://127.0.0.1:8000/i/{WORD}.jpg"> <a href="https://elsewhere.example/i/more.jpg">'

    assert there == f"https://offers.example/i/{WORD}.jpg"
    assert words(mail, "nothing") == {WORD}
    assert moved(mail, "https://new.example") == (
        f'<img src="https://new.example/i/{WORD}.jpg"> <img src="https://new.example/i/{WORD}.jpg"> '
        '<a href="https://elsewhere.example/i/more.jpg">'
    )
