"""Going anywhere by a few letters."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kernel.base import Prefix, outside
from domain.tables.incentives import Voucher
from tests.scenes import Scene
from tests.webapp.conftest import Browser


def test_pages_stand_there_without_a_word(bo: Browser) -> None:
    page = bo.get("/search").text

    assert 'href="/segments"' in page
    assert 'href="/settings/audit"' not in page


def test_things_are_found_by_what_one_remembers_of_them(ann: Browser, session: Session) -> None:
    scene = Scene(session)
    row = scene.draft(name="Autumn thank-you")

    for words, where in (
        ("dina@ok", outside(Prefix.CUSTOMER, scene.dina.id)), ("+44 7700 900018", outside(Prefix.CUSTOMER, scene.dina.id)),
        ("thank", outside(Prefix.DISTRIBUTION, row.id)), ("segm", "/segments"),
    ):  # fmt: skip
        assert where in ann.htmx(f"/search?q={words.replace('+', '%2B')}").text, words


def test_a_code_is_found_by_those_who_may_see_it_and_shown_masked(ann: Browser, bo: Browser, session: Session) -> None:
    Scene(session).campaign(codes=1)
    code = session.scalars(select(Voucher.code)).one()

    found = ann.get(f"/search?q={code.lower()}").text

    assert f"••••{code[-4:]}" in found
    assert "/codes/" not in bo.get(f"/search?q={code}").text


def test_nothing_found_is_said(ann: Browser) -> None:
    assert "Nothing begins with “zzz&lt;b&gt;”." in ann.get("/search?q=zzz<b>").text
