"""The welcome mail is made from nothing: by mouse, by keyboard alone, on a phone, and without scripts."""

import io
import re
from collections.abc import Callable, Iterator

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import select

from domain.distributions.draft import store as draft
from domain.kernel.base import Prefix, outside
from domain.messages.mail import tree
from domain.messages.mail.gallery import DRAWINGS
from domain.messages.mail.tree import Mail
from domain.tables.distributions import Distribution
from tests.journeys.installation import Installation, started
from tests.journeys.tab import SCREENSHOTS, SIDEWAYS, THEMES, Look, Tab
from tests.scenes import Scene

WELCOME = ["header", "text", "voucher", "button", "footer"]
on_a_desk = pytest.mark.parametrize("look", [Look("light", 1280)], ids=lambda look: look.name)
on_a_phone = pytest.mark.parametrize("look", [Look("light", 390)], ids=lambda look: look.name)


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with started() as installation:
        with installation.transaction() as session:
            scene = Scene(session)
            parts = {"subject": "", "way": "blocks", "blocks": tree.edged(Mail()).as_text(), "from_email": scene.sender.email}
            for name in ("Mouse", "Keyboard", "Phone", "Forms", "Pictures"):
                scene.draft(scene.codes_to_segment(channels=(scene.channel(parts),)), name)
        yield installation


def address(installation: Installation, name: str) -> str:
    with installation.transaction() as session:
        row = session.scalars(select(Distribution).where(Distribution.name == name)).one()
        return f"/distributions/{outside(Prefix.DISTRIBUTION, row.id)}/mail/c1"


def stored(installation: Installation, name: str) -> Mail:
    with installation.transaction() as session:
        row = session.scalars(select(Distribution).where(Distribution.name == name)).one()
        return tree.read(draft.working(row).channels[0].parts["blocks"])


def kinds(installation: Installation, name: str) -> list[str]:
    return [one.kind for one in stored(installation, name).blocks]


def add(page: Page, label: str) -> None:
    page.get_by_role("button", name=label, exact=True).click()
    expect(page.get_by_role("heading", name=label, level=2, exact=True)).to_be_visible()


def outline(page: Page) -> list[str]:
    return [re.split(r"[,\n]", text)[0] for text in page.locator("#outline li[data-id] b").all_inner_texts()]


@on_a_desk
def test_the_welcome_mail_is_made_by_mouse(ann: Tab, installation: Installation) -> None:
    page = ann.page
    ann.goto(address(installation, "Mouse"))
    for label in ("Header", "Text", "Button"):
        add(page, label)
    page.get_by_role("textbox", name="Words").fill("Use your code")
    page.get_by_label("Leads to").fill("{{ links.shop }}")
    expect(page.frame_locator("iframe").get_by_text("Use your code")).to_be_visible()

    page.locator("#outline").get_by_role("link", name="Text").click()
    words = page.get_by_role("textbox", name="Words")
    words.fill("Welcome in. ")
    words.press_sequentially("Hello {{first")
    page.get_by_role("option").first.click()
    expect(page.frame_locator("iframe").get_by_text("Welcome in. Hello Dina")).to_be_visible()
    expect(words.locator(".var")).to_have_text("first name")

    add(page, "Voucher")
    page.get_by_role("switch", name="QR picture").click()
    expect(page.frame_locator("iframe").get_by_alt_text("QR code")).to_have_count(1)
    assert outline(page) == ["Header", "Text", "Voucher", "Button", "Footer"]
    page.get_by_label("Subject").fill("Your first loaf")
    ann.settled("mail-editor")

    page.locator("[data-grip]").nth(2).drag_to(page.locator("#outline li[data-id]").nth(1))
    expect(page.locator("#outline li[data-id] b").nth(1)).to_have_text("Button")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#outline li[data-id] b").nth(1)).to_have_text("Text")
    page.get_by_role("button", name="Redo").click()
    expect(page.locator("#outline li[data-id] b").nth(1)).to_have_text("Button")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#outline li[data-id] b").nth(1)).to_have_text("Text")
    page.locator(".blk").nth(1).click()
    expect(page.get_by_role("heading", name="Text", level=2, exact=True)).to_be_visible()
    page.get_by_role("button", name="Done, back to Channels").click()
    expect(page.get_by_role("link", name="Edit the mail")).to_be_visible()
    assert kinds(installation, "Mouse") == WELCOME
    ann.settled("mail-channels")


@on_a_desk
def test_the_welcome_mail_is_made_by_keyboard_alone(ann: Tab, installation: Installation) -> None:
    page = ann.page
    ann.goto(address(installation, "Keyboard"))
    for label in ("Header", "Text", "Button", "Voucher"):
        page.keyboard.press("a")
        page.get_by_role("button", name=label, exact=True).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name=label, level=2, exact=True)).to_be_visible()
    assert outline(page) == ["Header", "Text", "Button", "Voucher", "Footer"]

    grip = page.get_by_role("button", name=re.compile("Move Voucher"))
    grip.focus()
    page.keyboard.press("Space")
    expect(page.locator(".lifted-say")).to_contain_text("Voucher lifted, 4 of 5")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    expect(page.locator("#outline li[data-id] b").nth(2)).to_have_text("Voucher")
    expect(page.get_by_role("button", name=re.compile("Move Voucher"))).to_be_focused()

    page.locator("#outline").get_by_role("link", name="Text").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Words")).to_be_visible()
    page.get_by_role("textbox", name="Words").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("Welcome, {{first")
    page.keyboard.press("Enter")
    page.keyboard.type("!")
    expect(page.frame_locator("iframe").get_by_text("Welcome, Dina")).to_be_visible()
    page.get_by_label("Subject").focus()
    page.keyboard.type("Hello")
    page.keyboard.press("Control+S")
    expect(page.get_by_label("Subject")).to_have_value("Hello")
    page.locator("#outline").get_by_role("link", name="Button").focus()
    page.keyboard.press("Control+D")
    expect(page.locator("#outline li[data-id]")).to_have_count(6)
    page.keyboard.press("Control+Z")
    expect(page.locator("#outline li[data-id]")).to_have_count(5)
    assert kinds(installation, "Keyboard") == WELCOME


@on_a_phone
def test_the_welcome_mail_is_made_on_a_phone(ann: Tab, installation: Installation) -> None:
    page = ann.page
    ann.goto(address(installation, "Phone"))
    for label in ("Header", "Text", "Voucher", "Button"):
        page.get_by_role("link", name="Block", exact=True).click()
        page.get_by_role("button", name=label, exact=True).click()
        expect(page.locator("#outline li[data-id] b", has_text=label)).to_have_count(1)
    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_role("textbox", name="Words").fill("Use it now")
    expect(page.frame_locator("iframe").get_by_text("Use it now")).to_be_visible()
    page.get_by_label("Subject").fill("On a phone")
    ann.settled("mail-editor-phone")
    assert kinds(installation, "Phone") == WELCOME


@on_a_desk
def test_a_mail_is_made_without_scripts(open_tab: Callable[..., Tab], installation: Installation) -> None:
    ann = open_tab("ann", javascript=False)
    page = ann.page
    ann.goto(address(installation, "Forms"))
    for label in ("Header", "Text", "Button", "Voucher"):
        add(page, label)
    page.get_by_role("button", name="Up", exact=True).click()
    expect(page.locator("#outline li[data-id] b").nth(2)).to_have_text("Voucher")
    page.locator("#outline").get_by_role("link", name="Text").click()
    page.locator("#f-words").fill("Hello {{ customer.first_name }}\n\nWelcome.")
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.frame_locator("iframe").get_by_text("Hello Dina")).to_be_visible()
    assert kinds(installation, "Forms") == WELCOME


def loaf() -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((640, 200)).convert("RGB").save(out, "JPEG")
    return out.getvalue()


@on_a_desk
def test_a_picture_is_uploaded_and_the_mail_becomes_a_template(ann: Tab, installation: Installation) -> None:
    page = ann.page
    ann.goto(address(installation, "Pictures"))
    for label in ("Header", "Text", "Image"):
        add(page, label)
    expect(page.locator("#finds")).to_contain_text("There is no picture yet.")
    page.get_by_label("A file for picture").set_input_files({"name": "loaf.jpg", "mimeType": "image/jpeg", "buffer": loaf()})
    picture = page.frame_locator("iframe.ed__mail").locator("img[src^='/i/']")
    expect(picture).to_have_count(1, timeout=60_000)  # a process of its own is started for it
    expect(picture).to_have_js_property("naturalWidth", 640)
    page.get_by_label("What it shows").fill("A loaf of rye bread")
    expect(page.frame_locator("iframe.ed__mail").get_by_alt_text("A loaf of rye bread")).to_have_count(1)
    ann.settled("mail-picture")

    page.get_by_role("radio", name="Whole mail").check()
    page.get_by_text("Save as a template", exact=True).click()
    page.get_by_label("Name of the template").fill("Rye, monthly")
    page.get_by_role("button", name="Save the template").click()
    expect(page.get_by_text("“Rye, monthly” is among your templates now.")).to_be_visible()
    page.get_by_text("Save as a template", exact=True).click()
    page.get_by_role("link", name="Your templates").click()
    expect(page.get_by_role("heading", name="Templates")).to_be_visible()
    page.get_by_role("link", name="Rye, monthly").click()
    ann.allow("Blocked script execution")  # of this test: it looks into a sandboxed frame
    shown = page.frame_locator(".tplpic--wide iframe").locator("img[src^='/i/']")
    expect(shown).to_have_js_property("naturalWidth", 640)
    ann.settled("mail-templates")


@on_a_desk
def test_the_drawings_fit_a_phone_and_a_desk_in_both_themes(ann: Tab) -> None:
    page = ann.page
    ann.allow("NotSameOrigin")  # the icon of the tab, which a sandboxed page may not have
    for drawing in DRAWINGS:
        ann.goto(f"/templates/drawings/{drawing.key}/frame")
        for theme in THEMES:
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            for width in (375, 640):
                page.set_viewport_size({"width": width, "height": 800})
                assert page.evaluate(SIDEWAYS) == 0, (drawing.key, theme, width)
                if ann.screenshots:
                    page.screenshot(path=SCREENSHOTS / f"drawing-{drawing.key}-{theme}-{width}.png", full_page=True)


@on_a_desk
def test_the_look_of_the_brand_is_asked_in_settings(open_tab: Callable[..., Tab]) -> None:
    ada = open_tab("ada")
    ada.goto("/settings/mail-look")
    ada.page.get_by_label("Button, links", exact=True).fill("#7a1f5c")
    ada.page.get_by_label("Or a picture from here").set_input_files({"name": "l.jpg", "mimeType": "image/jpeg", "buffer": loaf()})
    ada.page.get_by_role("button", name="Save", exact=True).click()
    expect(ada.page.get_by_alt_text("The logo as it is now")).to_have_js_property("naturalWidth", 640)
    ada.settled("settings-mail-look")
