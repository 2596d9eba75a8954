"""Templates: a mail is saved, gets versions, is copied, renamed, taken out as a file and brought in again, used, and deleted."""

import io
import json

from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.distributions.draft import store as draft
from domain.distributions.plan.make_plan import plan
from domain.distributions.plan.plan import Plan
from domain.kernel.base import Prefix, outside
from domain.messages.mail import tree
from domain.tables.distributions import Distribution, MailPicture, MailTemplate, MailTemplateVersion
from tests.scenes import Scene
from tests.webapp.conftest import Browser
from tests.webapp.distributions.conftest import row, scene  # noqa: F401 - fixtures of these tests
from tests.webapp.distributions.test_mail_editor import mail, parts, press, url

ROW = Distribution


def saved(session: Session, kind: str = "mail") -> list[MailTemplate]:
    session.expire_all()
    return list(session.scalars(select(MailTemplate).where(MailTemplate.kind == kind).order_by(MailTemplate.name_key)))


def page(template: MailTemplate, more: str = "") -> str:
    return f"/templates/{outside(Prefix.TEMPLATE, template.id)}{more}"


def welcome(ann: Browser, session: Session, row: ROW, name: str = "Welcome, warm") -> MailTemplate:  # noqa: F811 - a fixture
    """A mail with a picture, saved as a template."""
    press(ann, session, row, "begin:welcome")
    out = io.BytesIO()
    Image.new("L", (40, 30), 90).save(out, "PNG")
    out.seek(0)
    header = mail(session, row).blocks[0].id
    press(ann, session, row, "upload:logo", block=header, fields=1, **{"file-logo": (out, "logo.png")})
    assert press(ann, session, row, "save-template", **{"template-name": name}).status_code == 303
    return saved(session)[-1]


def test_a_mail_is_saved_and_begins_another(ann: Browser, bo: Browser, session: Session, row: ROW) -> None:  # noqa: F811 - a fixture
    template = welcome(ann, session, row)
    before = mail(session, row)
    press(ann, session, row, "begin:plain", subject="My own")
    assert mail(session, row) != before

    press(ann, session, row, f"begin-own:{outside(Prefix.TEMPLATE, template.id)}", subject="My own")

    assert mail(session, row) == before
    assert parts(session, row)["subject"] == "My own"
    assert parts(session, row)["template"] == f"{template.id.hex}:1"
    made = plan(session, draft.working(row))
    assert isinstance(made, Plan)
    assert "template" not in made.channels[0].parts
    shown = bo.get(page(template)).text
    assert "Welcome, warm" in shown
    assert row.name in shown
    assert "Draft, version 1" in shown
    assert "EXAMPLE-CODE" in bo.get(page(template, "/frame")).text


def test_a_template_has_versions_and_goes_back_by_a_new_one(ann: Browser, session: Session, row: ROW) -> None:  # noqa: F811 - a fixture
    template = welcome(ann, session, row)
    press(ann, session, row, "add:divider", block="b2")
    press(ann, session, row, "save-version", **{"template-note": "A line under the words"})
    press(ann, session, row, "save-version")
    (template,) = saved(session)
    assert template.version == 2
    assert "A line under the words" in ann.get(page(template)).text

    ann.post(page(template, "/back"), data={"version": 1})

    (template,) = saved(session)
    one, three = (session.get_one(MailTemplateVersion, (template.id, n)) for n in (1, 3))
    assert (template.version, three.parts, three.note) == (3, one.parts, "As version 1")
    assert ann.post(page(template, "/back"), data={"version": 99}).status_code == 422
    assert ann.get(page(template, "/frame?version=99")).status_code == 404


def test_names_are_unique_and_told_by_their_field(ann: Browser, session: Session, row: ROW) -> None:  # noqa: F811 - a fixture
    template = welcome(ann, session, row)
    answer = press(ann, session, row, "save-template", subject="Kept", **{"template-name": "welcome,  WARM"})
    assert answer.status_code == 422
    assert "is called “welcome, WARM” already" in answer.text
    assert parts(session, row)["subject"] == "Kept"

    ann.post(page(template, "/duplicate"))
    copy = saved(session)[-1]
    assert copy.name == "Welcome, warm copy"
    assert ann.post(page(copy, "/rename"), data={"name": "Welcome, warm"}).status_code == 422
    assert ann.post(page(copy, "/rename"), data={"name": " "}).status_code == 422
    ann.post(page(copy, "/rename"), data={"name": "Goodbye"})
    assert [one.name for one in saved(session)] == ["Goodbye", "Welcome, warm"]


def test_a_file_brings_a_template_with_its_pictures_to_another_installation(
    ann: Browser,
    session: Session,
    row: ROW,  # noqa: F811 - a fixture
) -> None:
    template = welcome(ann, session, row)
    file = ann.get(page(template, "/export"))
    assert file.headers["Content-Disposition"] == 'attachment; filename="Welcome warm.mail.json"'
    word = session.scalars(select(MailPicture.word)).one()
    session.execute(MailPicture.__table__.delete())

    answer = ann.post("/templates/import", data={"file": (io.BytesIO(file.data), "a.mail.json")}, content_type="multipart/form-data")

    assert answer.status_code == 303
    other = saved(session)[-1]
    assert other.name == "Welcome, warm 2"
    again = session.scalars(select(MailPicture)).one()
    assert again.word != word
    logo = tree.read(session.get_one(MailTemplateVersion, (other.id, 1)).parts["blocks"]).blocks[0].values["logo"]
    assert again.word in str(logo)


def test_a_file_that_is_no_template_is_refused_in_words(ann: Browser, session: Session) -> None:
    good = {"format": "largesse-mail-template", "number": 1, "kind": "mail", "name": "A", "parts": {"way": "blocks", "blocks": "{}"}}
    bad = {
        "no JSON": b"%PDF", "a list": b"[]", "another format": json.dumps({**good, "format": "x"}).encode(),
        "no mail": json.dumps({**good, "parts": {}}).encode(), "another kind": json.dumps({**good, "kind": "x"}).encode(),
        "another way": json.dumps({**good, "parts": {"way": "x", "html": "a"}}).encode(),
        "no text": json.dumps({**good, "parts": {"way": "blocks", "blocks": 3}}).encode(),
        "a broken mail": json.dumps({**good, "parts": {"way": "blocks", "blocks": '{"blocks":[{"id":"b1","kind":"x"}]}'}}).encode(),
        "a script as MJML": json.dumps({**good, "parts": {"way": "mjml", "mjml": "<mjml><mj-include path='/etc'/></mjml>"}}).encode(),
        "no picture": json.dumps({**good, "pictures": {"a" * 32: {"name": "a", "data": "AAAA"}}}).encode(),
        "no base64": json.dumps({**good, "pictures": {"a" * 32: {"name": "a", "data": "?"}}}).encode(),
    }  # fmt: skip
    for what, data in bad.items():
        answer = ann.post("/templates/import", data={"file": (io.BytesIO(data), "a.json")}, content_type="multipart/form-data")
        assert answer.status_code == 422, what
    assert ann.post("/templates/import", data={}).status_code == 422
    assert saved(session) == []


def test_a_section_is_saved_and_added_to_a_mail_with_ids_of_its_own(ann: Browser, session: Session, row: ROW) -> None:  # noqa: F811 - a fixture
    press(ann, session, row, "begin:welcome")
    press(ann, session, row, "add:columns", block="b2")
    holder = next(one.id for one in mail(session, row).blocks if one.columns)
    press(ann, session, row, f"add:button:{holder}/1", block=holder)
    press(ann, session, row, f"save-section:{holder}", block=holder, **{"section-name": "Two offers"})
    (section,) = saved(session, "section")
    assert "Two offers" in ann.get(url(row)).text

    press(ann, session, row, f"section:{outside(Prefix.TEMPLATE, section.id)}", block="b2")

    made = mail(session, row)
    assert sum(1 for one in made.blocks if one.columns) == 2
    ids = [one.id for one in made.every_block()]
    assert len(set(ids)) == len(ids)
    assert press(ann, session, row, "section:tpl_0", block="b2").status_code == 303
    assert mail(session, row) == made


def test_who_may_not_edit_sees_and_changes_nothing(ann: Browser, bo: Browser, session: Session, row: ROW) -> None:  # noqa: F811 - a fixture
    template = welcome(ann, session, row)
    for path in ("/rename", "/duplicate", "/back", "/delete"):
        assert bo.post(page(template, path), data={"name": "x"}).status_code == 403
    assert bo.post("/templates/import").status_code == 403
    assert "Delete" not in bo.get(page(template)).text


def test_it_is_deleted_once_its_name_is_typed_and_mails_stay(ann: Browser, session: Session, row: ROW) -> None:  # noqa: F811 - a fixture
    template = welcome(ann, session, row)
    before = mail(session, row)
    assert ann.post(page(template, "/delete"), data={"confirm": "x"}).status_code == 422

    ann.post(page(template, "/delete"), data={"confirm": "welcome, warm"})

    assert saved(session) == []
    assert mail(session, row) == before
    assert ann.get(url(row)).status_code == 200
    assert ann.get(page(template)).status_code == 404


def test_new_mails_take_over_the_look_of_the_brand(ada: Browser, ann: Browser, session: Session, row: ROW, scene: Scene) -> None:  # noqa: F811 - a fixture
    version = ada.get("/settings/mail-look").text.partition('name="row_version"')[2].partition('value="')[2].partition('"')[0]
    wanted = {"row_version": version, "s-accent": "#7a1f5c", "s-heading_font": "serif", "logo": "https://maple.test/logo.png"}
    assert ada.post("/settings/mail-look", data=wanted | {"s-words": "#fefefe"}).status_code == 422
    assert ann.post("/settings/mail-look", data=wanted).status_code == 403
    assert ada.post("/settings/mail-look", data=wanted).status_code == 303

    press(ann, session, row, "begin:welcome")
    made = mail(session, row)
    assert (made.style.accent, made.style.heading_font) == ("#7a1f5c", "serif")
    assert made.blocks[0].values["logo"] == "https://maple.test/logo.png"
    press(ann, session, row, "save", **{"s-accent": "#000000"})
    press(ann, session, row, "restyle")
    assert mail(session, row).style.accent == "#7a1f5c"
    press(ann, session, row, "way:simple")
    assert "#7a1f5c" in ann.get(url(row, "/frame")).text or "maple.test/logo.png" in ann.get(url(row, "/frame")).text
