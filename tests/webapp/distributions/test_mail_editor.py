"""The editor of a mail by forms alone, as it works without scripts: a mail is begun, filled, ordered, written in another way and sent."""

import html
import re
from typing import Any

import pytest
from sqlalchemy.orm import Session

from domain.distributions.draft import store as draft
from domain.distributions.plan.make_plan import plan
from domain.distributions.plan.plan import Plan
from domain.kernel.base import Prefix, outside
from domain.messages.mail import tree
from domain.messages.mail.tree import Mail
from domain.tables.distributions import Distribution
from tests.scenes import Scene
from tests.webapp.conftest import Browser
from tests.webapp.distributions.by_forms import send, stored
from tests.webapp.distributions.by_forms import url as step


def url(row: Distribution, more: str = "") -> str:
    return step(row, f"mail/c1{more}")


def press(ann: Browser, session: Session, row: Distribution, do: str, **typed: Any) -> Any:
    return send(ann, session, row, "mail/c1", do, **typed)


def parts(session: Session, row: Distribution) -> dict[str, str]:
    return dict(stored(session, row).parts)


def mail(session: Session, row: Distribution) -> Mail:
    return tree.read(parts(session, row)["blocks"])


def designed(ann: Browser, session: Session, row: Distribution) -> None:
    assert press(ann, session, row, "way:blocks").status_code == 303


def test_the_words_that_were_there_become_the_first_text_block(ann: Browser, session: Session, row: Distribution) -> None:
    before = parts(session, row)["text"]
    page = ann.get(url(row)).text
    assert "Only the words stay, in one text block." in page

    designed(ann, session, row)

    made = mail(session, row)
    assert [one.kind for one in made.blocks] == ["header", "text", "footer"]
    assert made.blocks[1].values["words"] == before
    assert "text" not in parts(session, row)
    assert isinstance(plan(session, draft.working(row)), Plan)


def test_a_mail_is_made_by_buttons_and_fields_and_frozen_as_html_and_text(ann: Browser, session: Session, row: Distribution) -> None:
    designed(ann, session, row)
    press(ann, session, row, "add:voucher", block="b2")
    press(ann, session, row, "add:button", block="b4")
    fields = {
        "fields": 1,
        "f-words": "Use it now",
        "f-link": "https://shop.example/?code={{ voucher.code }}",
        "f-size": "l",
        "subject": "Hello",
    }
    answer = press(ann, session, row, "up:b5", block="b5", **fields)

    assert answer.status_code == 303
    assert [one.kind for one in mail(session, row).blocks] == ["header", "text", "button", "voucher", "footer"]
    assert mail(session, row).block("b5").values["size"] == "l"
    made = plan(session, draft.working(row))
    assert isinstance(made, Plan)
    frozen = made.channels[0].parts
    assert "Use it now" in frozen["html"]
    assert "{{ voucher.code }}" in frozen["text"]
    assert not {"way", "blocks", "rich", "mjml"} & frozen.keys()
    frame = ann.get(url(row, "/frame"))
    assert "Use it now" in frame.text
    assert "XXXX" in frame.text
    assert "default-src 'none'" in frame.headers["Content-Security-Policy"]


def test_a_mail_is_shown_in_its_light_or_its_dark_colours_whatever_the_reader_prefers(
    ann: Browser, session: Session, row: Distribution
) -> None:
    designed(ann, session, row)

    light, dark = ann.get(url(row, "/frame")).text, ann.get(url(row, "/frame?dark=1")).text
    wizard = [ann.get(step(row, f"preview/c1{view}")).text for view in ("", "?view=dark")]

    assert "prefers-color-scheme" not in light + dark + "".join(wizard)
    assert ["@media not all" in page for page in (light, *wizard)] == [True, True, False]
    assert "@media all" in dark


def test_words_of_mjml_are_those_that_are_sent(ann: Browser, session: Session, row: Distribution) -> None:
    designed(ann, session, row)
    press(ann, session, row, "way:mjml")
    assert "mj-style" in parts(session, row)["mjml"]

    press(ann, session, row, "way:blocks")

    words = mail(session, row).blocks[1].values["words"]
    assert "{{ voucher.code }}" in words
    assert "!important" not in words


def test_what_is_typed_wrong_is_told_by_its_field_and_nothing_else_is_lost(ann: Browser, session: Session, row: Distribution) -> None:
    designed(ann, session, row)
    press(ann, session, row, "add:spacer", block="b2")
    answer = press(ann, session, row, "save", block="b4", fields=1, **{"f-height": "9999", "subject": "Kept"})

    assert answer.status_code == 422
    assert "write a whole number from 4 to 200" in answer.text
    assert parts(session, row)["subject"] == "Kept"
    assert mail(session, row).block("b4").values["height"] == 24


def test_what_is_to_be_put_right_stands_in_the_editor_and_stops_the_wizard(ann: Browser, session: Session, row: Distribution) -> None:
    designed(ann, session, row)
    press(ann, session, row, "save", block="b2", fields=1, **{"f-words": "<p>Hi {{ customer.shoe }}</p>"})

    page = html.unescape(ann.get(url(row, "?block=b2")).text)
    assert "There is no variable {{ customer.shoe }}" in page
    assert any(one.field == "c1-mail" for one in plan(session, draft.working(row)))


def test_a_way_says_what_is_lost_and_the_mail_goes_on_in_it(ann: Browser, session: Session, row: Distribution) -> None:
    designed(ann, session, row)
    page = ann.get(url(row)).text
    assert "Only the words of the text blocks stay." in page

    press(ann, session, row, "way:mjml")
    assert parts(session, row)["mjml"].startswith("<mjml>")
    assert isinstance(plan(session, draft.working(row)), Plan)
    press(ann, session, row, "way:simple")
    assert "way" in parts(session, row)
    press(ann, session, row, "way:")
    assert "<html" in parts(session, row)["html"]
    assert isinstance(plan(session, draft.working(row)), Plan)


@pytest.mark.parametrize(
    "do",
    ["up:b99", "down:", "remove:b3", "add:nothing", "move:b1:99999999999", "columns:b1:7", "choose:zz", "nothing", "put", "way:sideways"],
)
def test_a_button_that_makes_no_sense_changes_nothing_and_breaks_nothing(
    ann: Browser, session: Session, row: Distribution, do: str
) -> None:
    designed(ann, session, row)
    before = mail(session, row)

    assert press(ann, session, row, do, block="b2", back="{{").status_code in {303, 422}
    assert mail(session, row) == before


def test_a_drawing_takes_the_place_of_the_mail_and_keeps_a_written_subject(ann: Browser, session: Session, row: Distribution) -> None:
    press(ann, session, row, "begin:welcome", subject="My own")

    assert [one.kind for one in mail(session, row).blocks] == ["header", "text", "voucher", "button", "footer"]
    assert parts(session, row)["subject"] == "My own"
    assert parts(session, row)["preheader"] == "Your code is inside"
    assert isinstance(plan(session, draft.working(row)), Plan)


def test_undo_brings_back_the_mail_to_the_letter(ann: Browser, session: Session, row: Distribution) -> None:
    designed(ann, session, row)
    kept = parts(session, row)["blocks"]
    shown = re.search(r'id="tree" value="([^"]*)"', ann.get(url(row)).text)
    assert shown
    assert html.unescape(shown[1]) == kept
    press(ann, session, row, "add:image", block="b2")

    press(ann, session, row, "put", back=kept)

    assert parts(session, row)["blocks"] == kept


def test_what_another_saved_in_between_is_not_overwritten(ann: Browser, session: Session, row: Distribution) -> None:
    designed(ann, session, row)
    session.refresh(row)
    old = row.row_version
    press(ann, session, row, "add:divider", block="b2")

    answer = ann.post(url(row), data={"row_version": old, "do": "add:image", "block": "b2"})

    assert answer.status_code == 409
    assert "is not stored" in answer.text
    assert [one.kind for one in mail(session, row).blocks] == ["header", "text", "divider", "footer"]


def test_an_autosave_answers_with_what_follows(ann: Browser, session: Session, row: Distribution) -> None:
    designed(ann, session, row)
    session.refresh(row)
    data = {"row_version": row.row_version, "block": "b2", "fields": 1, "f-words": "<p>{{ customer.shoe }}</p>"}
    answer = ann.htmx(url(row, "?auto=1"), data)

    assert answer.status_code == 200
    assert 'id="f-words-slot"' in answer.text
    assert "customer.shoe" in answer.text
    session.refresh(row)
    assert f'name="row_version" value="{row.row_version}"' in answer.text


def test_a_viewer_sees_the_mail_and_cannot_change_it(ann: Browser, bo: Browser, session: Session, row: Distribution) -> None:
    designed(ann, session, row)
    page = bo.get(url(row)).text

    assert "mail-canvas" in page
    assert "Add a block" not in page
    assert bo.post(url(row), data={"do": "way:simple", "row_version": row.row_version}).status_code == 403


def test_a_channel_without_a_mail_has_no_editor(ann: Browser, session: Session, row: Distribution, scene: Scene) -> None:
    send(ann, session, row, "channels", f"add:{outside(Prefix.CONNECTION, scene.sandbox.id)}:sms")

    assert ann.get(url(row).replace("/c1", "/c2")).status_code == 404
    assert ann.get(url(row).replace("/c1", "/c9")).status_code == 404
