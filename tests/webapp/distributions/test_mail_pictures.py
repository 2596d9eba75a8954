"""Pictures of one's own in the editor: uploaded by the form alone, shown to everybody who gets the mail, named by their public address."""

import io
import re

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.distributions.draft import store as draft
from domain.distributions.plan.make_plan import plan
from domain.distributions.plan.plan import Plan
from domain.tables.distributions import Distribution, MailPicture
from domain.tables.workspace import current_project, public_url
from tests.webapp.conftest import Browser
from tests.webapp.distributions.test_mail_editor import designed, mail, press, url
from webapp.pictures import social


@pytest.fixture
def image(ann: Browser, session: Session, row: Distribution) -> str:
    """An image block that has words but no picture yet."""
    designed(ann, session, row)
    press(ann, session, row, "add:image", block="b2")
    return "b4"


def file(grey: int = 90) -> tuple[io.BytesIO, str]:
    out = io.BytesIO()
    Image.new("L", (40, 30), grey).save(out, "PNG")
    out.seek(0)
    return out, "loaf.png"


def upload(ann: Browser, session: Session, row: Distribution, block: str, sent: tuple[io.BytesIO, str]) -> int:
    fields = {"block": block, "fields": 1, "f-alt": "A loaf of bread", "file-source": sent}
    answer = press(ann, session, row, "upload:source", **fields, content_type="multipart/form-data")
    status: int = answer.status_code
    return status


def test_an_uploaded_picture_stands_in_the_mail_and_is_served_to_everybody(
    ann: Browser,
    client: Browser,
    session: Session,
    row: Distribution,
    image: str,
) -> None:
    assert upload(ann, session, row, image, file()) == 303

    picture = session.scalars(select(MailPicture)).one()
    block = mail(session, row).block(image)
    assert block
    assert block.values["alt"] == "A loaf of bread"
    assert block.values["source"] == f"{public_url(current_project(session))}/i/{picture.word}.png"
    answer = client.get(f"/i/{picture.word}.png")
    assert answer.data == picture.body
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert client.get(f"/i/{picture.word}.png", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert client.get(f"/i/{picture.word}.jpg").status_code == 404
    assert client.get(f"/i/{'0' * 32}.png").status_code == 404
    assert f'src="/i/{picture.word}.png"' in ann.get(url(row, "/frame")).text

    current_project(session).public_url = "https://new.maple.example"
    made = plan(session, draft.working(row))
    assert isinstance(made, Plan)
    assert f"https://new.maple.example/i/{picture.word}.png" in made.channels[0].parts["html"]


def test_a_file_that_is_no_picture_is_told_by_its_field_and_the_words_stay(
    ann: Browser,
    session: Session,
    row: Distribution,
    image: str,
) -> None:
    page = press(
        ann, session, row, "upload:source", block=image, fields=1, **{"f-alt": "Kept", "file-source": (io.BytesIO(b"%PDF"), "a.png")}
    )

    assert page.status_code == 422
    assert "This is no picture that mails can show." in page.text
    assert mail(session, row).block(image).values["alt"] == "Kept"
    assert session.scalars(select(MailPicture)).all() == []


def test_a_picture_that_is_here_already_is_offered_and_taken(ann: Browser, session: Session, row: Distribution, image: str) -> None:
    upload(ann, session, row, image, file())
    picture = session.scalars(select(MailPicture)).one()
    press(ann, session, row, "add:header", block=image)
    header = next(one.id for one in mail(session, row).blocks if one.kind == "header")
    assert f"picture:logo:{picture.word}" in ann.get(url(row, f"?block={header}")).text

    press(ann, session, row, f"picture:logo:{picture.word}", block=header)

    assert picture.word in str(mail(session, row).block(header).values["logo"])
    assert press(ann, session, row, f"picture:logo:{'0' * 32}", block=header).status_code == 422
    assert press(ann, session, row, "picture:words:x", block="b2").status_code == 303


def test_who_may_not_edit_uploads_nothing(bo: Browser, ann: Browser, session: Session, row: Distribution, image: str) -> None:
    assert upload(bo, session, row, image, file()) == 403
    assert session.scalars(select(MailPicture)).all() == []


def test_pages_elsewhere_are_shown_as_icons_in_the_colour_of_the_mail(
    ann: Browser, client: Browser, session: Session, row: Distribution
) -> None:
    designed(ann, session, row)
    press(ann, session, row, "add:social", block="b2")
    addresses = {f"f-{network}": f"https://{network}.com/maple" for network in social.SIGNS}
    press(ann, session, row, "save", block="b4", fields=1, **addresses, **{"f-look": "icons", "f-colour": "#7A1F5C"})

    made = plan(session, draft.working(row))
    assert isinstance(made, Plan)
    shown = re.findall(rf'src="{public_url(current_project(session))}(/i/social-[a-z]+-7a1f5c.png)"', made.channels[0].parts["html"])
    assert len(shown) == len(social.SIGNS)
    for path in shown:
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png")
        assert Image.open(io.BytesIO(answer.data)).size == (social.PIXELS, social.PIXELS)
    assert client.get("/i/social-nobody-7a1f5c.png").status_code == 404
    assert client.get(shown[0].replace("png", "gif")).status_code == 404

    press(ann, session, row, "save", block="b4", fields=1, **addresses, **{"f-look": "words"})
    assert "/i/social-" not in ann.get(url(row, "/frame")).text
