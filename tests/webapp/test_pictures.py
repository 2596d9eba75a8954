"""Pictures of codes for mails, platforms and tills."""

import datetime
import io
import struct
import zlib

import pytest
import zxingcpp
from PIL import Image
from sqlalchemy.orm import Session

from domain.kernel import clock, secrets
from domain.kernel.base import new_id
from domain.tables.incentives import Campaign, Voucher
from tests.webapp.conftest import Browser


@pytest.fixture
def voucher(session: Session) -> Voucher:
    now: datetime.datetime = clock.now(session)
    campaign = Campaign(name="Autumn", name_key="autumn", currency="EUR", created_at=now, updated_at=now)
    session.add(campaign)
    session.flush()
    voucher = Voucher(id=new_id(), campaign_id=campaign.id, code="RYE-7KQM-4T2X", created_at=now)
    session.add(voucher)
    session.flush()
    return voucher


def pixels(png: bytes) -> list[bytes]:
    """The rows of an 8-bit grey PNG made here."""
    width, height = struct.unpack(">II", png[16:24])
    at = png.index(b"IDAT")
    data = zlib.decompress(png[at + 4 : at + 4 + struct.unpack(">I", png[at - 4 : at])[0]])
    return [data[row * (width + 1) + 1 : (row + 1) * (width + 1)] for row in range(height)]


@pytest.mark.parametrize("path", ["/q/{}.png", "/b/{}.png", "/q/{}.svg", "/b/{}.svg", "/q/{}.png?format=svg&size=3"])
def test_anybody_with_the_link_sees_the_picture_and_may_keep_it(client: Browser, voucher: Voucher, path: str) -> None:
    answer = client.get(path.format(secrets.token("qr", voucher.id.hex)))

    assert answer.status_code == 200
    assert answer.mimetype == ("image/svg+xml" if "svg" in path else "image/png")
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/q/{}.png", "/q/{}.png?size=3", "/b/{}.png", "/b/{}.png?size=1"])
@pytest.mark.parametrize("code", ["RYE-7KQM-4T2X", "10", "Autumn-2026_with-a-very-long-tail-0123456789"])
def test_a_till_reads_the_code_in_the_picture(client: Browser, session: Session, voucher: Voucher, path: str, code: str) -> None:
    voucher.code = code
    session.flush()

    picture = client.get(path.format(secrets.token("qr", voucher.id.hex))).data

    assert [one.text for one in zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))] == [code]


def test_a_barcode_has_white_beside_it_and_every_row_is_the_same(client: Browser, voucher: Voucher) -> None:
    rows = pixels(client.get(f"/b/{secrets.token('qr', voucher.id.hex)}.png?size=2").data)

    assert len(rows) == 80
    assert len(set(rows)) == 1
    assert rows[0].startswith(b"\xff" * 20)
    assert rows[0].endswith(b"\xff" * 20)
    assert b"\x00\x00" in rows[0]


def test_a_token_for_something_else_shows_nothing(client: Browser, voucher: Voucher) -> None:
    assert client.get(f"/q/{secrets.token('unsubscribe', voucher.id.hex)}.png").status_code == 404
    assert client.get("/q/nonsense.png").status_code == 404
    assert client.get(f"/q/{secrets.token('qr', voucher.id.hex)}.gif").status_code == 404
    assert client.get(f"/q/{secrets.token('qr', voucher.id.hex)}.png?size=5000").status_code == 400


def test_a_code_that_no_barcode_can_carry_is_told_in_words(client: Browser, voucher: Voucher, session: Session) -> None:
    voucher.code = "ÄPFEL-ŁÓDŹ"
    session.flush()

    answer = client.get(f"/b/{secrets.token('qr', voucher.id.hex)}.png")

    assert answer.status_code == 422
    assert "cannot carry" in answer.text
