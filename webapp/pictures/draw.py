"""How does a code become a picture? Dark on white in both themes, or a scanner at the till cannot read it."""

import functools
import io
import struct
import zlib
from collections.abc import Sequence

QUIET = 10
"""Modules of white beside a Code 128 (ISO/IEC 15417 asks for ten)."""


@functools.lru_cache(maxsize=512)
def qr(code: str, size: int, format: str) -> bytes:
    """A QR code with `size` pixels for each module."""
    import segno  # keeps a process small that draws nothing

    out = io.BytesIO()
    segno.make(code, error="m", micro=False).save(out, kind=format, scale=size, border=4, dark="#000", light="#fff")
    return out.getvalue()


@functools.lru_cache(maxsize=512)
def bars(code: str, size: int, format: str) -> bytes:
    """A Code 128 with `size` pixels for each module. Raises ValueError for characters that it cannot carry."""
    import barcode  # keeps a process small that draws nothing

    try:
        modules = [bit == "1" for bit in barcode.get_barcode_class("code128")(code).build()[0]]
    except barcode.errors.BarcodeError as wrong:
        raise ValueError("This code has characters that a barcode cannot carry.") from wrong
    row = [False] * QUIET + modules + [False] * QUIET
    return _svg(row, size) if format == "svg" else _png(row, size, height=40 * size)


def _svg(row: Sequence[bool], size: int) -> bytes:
    marks = "".join(f'<rect x="{at}" width="1" height="40"/>' for at, dark in enumerate(row) if dark)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{len(row) * size}" height="{40 * size}" viewBox="0 0 {len(row)} 40" '
        f'shape-rendering="crispEdges"><rect width="100%" height="100%" fill="#fff"/>{marks}</svg>'
    ).encode()


def _png(row: Sequence[bool], size: int, height: int) -> bytes:
    """One line of black and white, repeated: a grey-scale PNG of 8 bits (ISO/IEC 15948)."""
    line = b"\x00" + b"".join((b"\x00" if dark else b"\xff") * size for dark in row)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", len(row) * size, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(line * height, 9)) + chunk(b"IEND", b"")
