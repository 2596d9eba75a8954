"""The field map of a platform, without scripts and with htmx: rows, names, tags, what is missing there, and what a launch does."""

from types import ModuleType
from typing import Any

import pytest
from sqlalchemy.orm import Session

from domain.distributions.draft import store as draft
from domain.kernel.base import Prefix, outside
from domain.tables.connections import Connection
from domain.tables.distributions import Distribution
from tests.scenes import Scene
from tests.webapp.conftest import Browser
from tests.webapp.distributions.by_forms import send, url


@pytest.fixture
def platform(cloud: ModuleType, scene: Scene) -> Connection:
    return scene.connection("Our cloud", "cloud")


def added(ann: Browser, scene: Scene, session: Session, platform: Connection) -> Distribution:
    """A draft whose one channel is the platform, just added."""
    row = scene.draft(scene.codes_to_segment(channels=()))
    send(
        ann,
        session,
        row,
        "channels",
        f"add:{outside(Prefix.CONNECTION, platform.id)}:profiles",
        asked="check_permission",
        check_permission="1",
    )
    return row


def parts(session: Session, row: Distribution) -> dict[str, str]:
    session.refresh(row)
    return draft.working(row).channels[0].parts


def test_a_new_channel_begins_with_names_of_that_platform(ann: Browser, scene: Scene, session: Session, platform: Connection) -> None:
    row = added(ann, scene, session, platform)

    assert parts(session, row) == {
        "field:CODE": "{{ voucher.code }}",
        "field:largesse_voucher_discount": "{{ voucher.discount }}",
        "field:largesse_voucher_expires": "{{ voucher.expires | date: '%Y-%m-%d' }}",
    }
    page = ann.get(url(row, "channels")).text
    assert "*|CODE|*" in page
    assert "The values stand on the profile." in page
    assert "AUTUMN-XXXXXXXX" in page or "15 % off" in page


def test_names_are_changed_added_and_taken_away(ann: Browser, scene: Scene, session: Session, platform: Connection) -> None:
    row = added(ann, scene, session, platform)
    rows: dict[str, Any] = {
        "c1-map-0-value": "{{ voucher.code }}", "c1-map-0-name": " MY CODE ",
        "c1-map-1-value": "{{ voucher.discount }}", "c1-map-1-name": "",
        "c1-map-2-value": "{{ voucher.qr }}", "c1-map-2-name": "MY CODE",
        "c1-more": "customer.city",
    }  # fmt: skip
    send(ann, session, row, "channels", "map:c1", **rows | {"c1-option:campaign": "c-9"})

    assert parts(session, row) == {
        "field:MY CODE": "{{ voucher.code }}",
        "field:MY CODE (2)": "{{ voucher.qr }}",
        "field:largesse_customer_city": "{{ customer.city }}",
        "option:campaign": "c-9",
    }
    send(ann, session, row, "channels", "map:c1", **rows | {"c1-more": "secret.key"})
    assert not any("secret" in text for text in parts(session, row).values())


def test_a_code_without_a_name_is_a_mistake_in_words(ann: Browser, scene: Scene, session: Session, platform: Connection) -> None:
    row = added(ann, scene, session, platform)

    nameless: dict[str, Any] = {"c1-map-0-value": "{{ voucher.code }}", "c1-map-0-name": ""}
    answer = send(ann, session, row, "channels", "next", **nameless)

    assert answer.status_code == 422
    assert "Give the code a name there" in answer.text


def test_what_is_missing_there_keeps_it_from_going_until_it_is_there(
    ann: Browser, scene: Scene, session: Session, platform: Connection, cloud: ModuleType
) -> None:
    row = added(ann, scene, session, platform)
    cloud.MISSING.append("Add the field CODE there.")

    answer = send(ann, session, row, "channels", "next")
    assert answer.status_code == 422
    assert "Add the field CODE there." in answer.text
    assert cloud.ASKED == ["CODE,largesse_voucher_discount,largesse_voucher_expires"]
    assert "Add the field CODE there." in ann.get(url(row, "summary")).text

    cloud.MISSING.clear()
    scene.later(seconds=6)
    session.refresh(row)
    answer = ann.post(url(row, "platform-check/c1"), data={"row_version": row.row_version, "name": row.name})
    assert answer.status_code == 303
    assert "Everything is there at Cloud" in ann.get(url(row, "channels")).text
    assert send(ann, session, row, "channels", "next").status_code == 303


def test_what_is_missing_there_is_made_when_somebody_says_so(
    ann: Browser, scene: Scene, session: Session, platform: Connection, cloud: ModuleType
) -> None:
    row = added(ann, scene, session, platform)
    cloud.MISSING.append("Add the field CODE there.")
    cloud.WONT.append("The field CODE could not be added.")
    send(ann, session, row, "channels", "next")
    assert "Create it there" in ann.get(url(row, "channels")).text
    assert cloud.MADE == [], "nobody asked for it yet"

    for told in ("The field CODE could not be added.", "Everything is there at Cloud"):
        session.refresh(row)
        answer = ann.post(url(row, "platform-check/c1?make="), data={"row_version": row.row_version, "name": row.name})
        assert answer.status_code == 303
        assert told in ann.get(url(row, "channels")).text
        cloud.WONT.clear()

    assert cloud.MADE == ["CODE,largesse_voucher_discount,largesse_voucher_expires"] * 2
    assert "Create it there" not in ann.get(url(row, "channels")).text


def test_opening_the_step_asks_by_itself_and_stores_nothing(
    ann: Browser, scene: Scene, session: Session, platform: Connection, cloud: ModuleType
) -> None:
    row = added(ann, scene, session, platform)
    session.refresh(row)
    version = row.row_version

    answer = ann.htmx(url(row, "platform-check/c1?opened="), {"c1-map-0-name": "OTHER", "c1-map-0-value": "x"})

    assert "Everything is there" in answer.text
    assert "<html" not in answer.text
    session.refresh(row)
    assert row.row_version == version


def test_a_viewer_asks_nobody(bo: Browser, ann: Browser, scene: Scene, session: Session, platform: Connection, cloud: ModuleType) -> None:
    row = added(ann, scene, session, platform)

    assert bo.post(url(row, "platform-check/c1")).status_code == 403
    assert bo.post(url(row, "platform-check/c1?make=")).status_code == 403
    assert cloud.MADE == []
    assert cloud.ASKED == []
