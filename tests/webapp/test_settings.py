"""Settings: people, project, senders, audit."""

import base64
import csv
import io
import re
import uuid

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.journal.audit import record
from domain.kernel.actor import SYSTEM, Actor
from domain.kernel.base import Prefix, outside
from domain.tables import workspace
from domain.tables.journal import Audit
from domain.tables.workspace import Project, Sender, User
from domain.workspace.project import retention
from domain.workspace.project.edit import wrong_address, wrong_shop_link
from tests.scenes import Scene
from tests.webapp.conftest import Browser
from webapp.audit import presenters

PROJECT = {
    "brand": "Maple & Rye",
    "public_url": "https://offers.example.com/",
    "postal_address": "1 Mill Lane\nOxford",
    "zone": "Europe/London",
    "currency": "GBP",
    "dial_code": "GB",
    "shop_link": "https://shop.example/?code={{ voucher.code }}",
    "send_delay_minutes": "10",
    "default_permission_id": "",
    "system_connection_id": "",
    "notice_addresses": "ops@maple-rye.example\nann@maple-rye.example",
    "row_version": "1",
}


@pytest.fixture
def scene(session: Session) -> Scene:
    return Scene(session)


def project_of(session: Session) -> Project:
    session.expire_all()
    return workspace.current_project(session)


def test_an_invitation_shows_its_link_once(ada: Browser) -> None:
    first = ada.post("/settings/people/new", data={"name": "Cy Young", "email": "cy@x.example", "role": "viewer"}).text
    second = ada.get("/settings/people").text

    link = re.search(r"http://127.0.0.1:\d+/welcome/[\w-]+", first)
    assert link is not None
    assert "/welcome/" not in second
    assert "Cy Young" in second


@pytest.mark.parametrize("path", ["/settings/people/new", "/settings/audit", "/settings/audit/export.csv"])
def test_a_marketer_is_told_who_can(ann: Browser, ada: Browser, path: str) -> None:
    response = ann.get(path)

    assert response.status_code == 403
    assert "Ada Lind can." in response.text


def test_a_viewer_sees_the_project_and_cannot_save_it(bo: Browser, ada: Browser, session: Session) -> None:
    page = bo.get("/settings/project").text
    assert "Save the project" not in page
    assert "Ada Lind can change the project." in page

    assert bo.post("/settings/project", data=PROJECT).status_code == 403
    assert project_of(session).brand == ""


def test_the_project_is_saved_and_audited_by_what_differs(ada: Browser, session: Session) -> None:
    response = ada.post("/settings/project", data=PROJECT)

    assert response.status_code == 303
    project = project_of(session)
    assert (project.brand, project.public_url, project.zone) == ("Maple & Rye", "https://offers.example.com", "Europe/London")
    assert project.notice_addresses == ["ops@maple-rye.example", "ann@maple-rye.example"]
    (row,) = session.scalars(select(Audit)).all()
    assert row.before is not None
    assert row.before["zone"] == "UTC"
    assert "send_delay_minutes" not in row.before


def test_whatever_is_wrong_is_told_at_its_field_and_nothing_typed_is_lost(ada: Browser, session: Session) -> None:
    wrong = PROJECT | {
        "public_url": "offers",
        "shop_link": "https://s.example/{{ voucher.cod }}",
        "notice_addresses": "x",
        "send_delay_minutes": "-1",
    }

    response = ada.htmx("/settings/project", wrong)

    assert response.status_code == 422
    assert "<html" not in response.text
    for text in ("like https://offers.example.com", "Did you mean {{ voucher.code }}?", "“x” is no e-mail address", "Between 0 and 1,440"):
        assert text in response.text.replace("&#39;", "'"), text
    assert 'value="offers"' in response.text
    assert project_of(session).brand == ""


def test_who_saves_second_is_told_who_saved_first(ada: Browser, session: Session) -> None:
    ada.post("/settings/project", data=PROJECT)

    response = ada.post("/settings/project", data=PROJECT | {"brand": "Other"})

    assert response.status_code == 409
    assert "Ada Lind changed the project while you were editing." in response.text


@pytest.mark.parametrize(
    "url", ["x", "ftp://a.example", "https://", "https://u:p@a.example", "https://a.example/?x=1", "https://a.example:99999"]
)
def test_an_address_customers_cannot_reach_is_refused(url: str) -> None:
    assert wrong_address(url)


def test_a_link_to_the_shop_is_checked_like_a_message() -> None:
    assert wrong_shop_link("https://shop.example/?c={{ voucher.code }}") is None
    assert "Begin with https://" in (wrong_shop_link("javascript:{{ voucher.code }}") or "")
    assert wrong_shop_link("https://shop.example/{{ voucher.code") is not None
    assert wrong_shop_link("https://{{ customer.city }}/") is not None


def test_how_long_history_is_kept_is_chosen_by_kind_and_audited(ada: Browser, bo: Browser, session: Session) -> None:
    version = str(project_of(session).row_version)
    asked = {one.key: str(one.months) for one in retention.RETENTIONS} | {"row_version": version}

    wrong = ada.post("/settings/retention", data=asked | {"events": "2", "slots": "121"})
    right = ada.post("/settings/retention", data=asked | {"events": "6", "audit": "0"})
    refused = bo.post("/settings/retention", data=asked)

    assert wrong.status_code == 422
    assert "Between 3 and 120 months, or 0 to keep it for ever." in wrong.text
    assert "Between 1 and 120 months" in wrong.text
    assert right.headers["Location"] == "/settings/retention"
    assert refused.status_code == 403
    assert retention.kept(session, "audit") is None
    assert retention.kept(session, "events") == 6 * retention.MONTH
    line = session.scalars(select(Audit).where(Audit.command == "edit retention")).one()
    assert (line.before, line.after) == ({"events": 24, "audit": 36}, {"events": 6, "audit": 0})
    assert 'value="6"' in ada.get("/settings/retention").text


def test_there_is_one_default_sender_as_long_as_there_is_one(ada: Browser, session: Session) -> None:
    ada.post("/settings/project/senders/new", data={"name": "Maple & Rye", "email": "hello@maple-rye.example"})
    ada.post("/settings/project/senders/new", data={"name": "The bakers", "email": "oven@maple-rye.example", "reply_to": ""})
    first, second = workspace.senders_of_project(session)
    assert (first.is_default, second.is_default) == (True, False)

    ada.post(f"/settings/project/senders/{first.id}/remove")
    assert len(workspace.senders_of_project(session)) == 2

    ada.post(f"/settings/project/senders/{second.id}/default")
    ada.post(f"/settings/project/senders/{first.id}/remove")
    (left,) = session.scalars(select(Sender)).all()
    assert (left.name, left.is_default) == ("The bakers", True)


def test_a_sender_twice_or_without_an_address_is_refused(ada: Browser) -> None:
    ada.post("/settings/project/senders/new", data={"name": "Maple", "email": "hello@maple-rye.example"})

    twice = ada.htmx("/settings/project/senders/new", {"name": "Maple", "email": "hello@maple-rye.example"})
    empty = ada.htmx("/settings/project/senders/new", {"name": "", "email": ""})

    assert "is there already" in twice.text
    assert "Enter the address messages come from." in empty.text


def test_the_trail_is_filtered_by_the_url_and_paged_by_key(ada: Browser, session: Session) -> None:
    for n in range(60):
        record(session, Actor("user_bo", "Bo Lund"), "edit customer", f"cust_{n}", f"Customer {n}", {"city": "Oxford"}, {"city": "Bath"})
    record(session, Actor("user_cy", "Cy"), "launch distribution", "distr_1", "Autumn")

    page = ada.get("/settings/audit?actor=user_bo").text
    assert "Customer 59" in page
    assert "Autumn" not in re.sub(r"<option.*?</option>", "", page)
    older = re.search(r'href="(/settings/audit\?[^"]*after=[^"]*)"', page)
    assert older is not None

    next_page = ada.get(older[1].replace("&amp;", "&")).text

    assert "Customer 9." in next_page
    assert "Customer 10." not in next_page
    assert "Autumn" not in re.sub(r"<option.*?</option>", "", next_page)
    assert "before=" in next_page


def test_the_file_of_the_trail_cannot_trick_a_spreadsheet(ada: Browser, session: Session) -> None:
    record(session, Actor("user_bo", "=HYPERLINK(1)"), "edit customer", "cust_1", "@sum", {"city": ["a", "b"]}, {"city": None})

    response = ada.get("/settings/audit/export.csv")
    rows = list(csv.reader(io.StringIO(response.text.lstrip("\ufeff"))))

    assert response.headers["Content-Disposition"].startswith("attachment")
    assert rows[1][1] == "'=HYPERLINK(1)"
    assert rows[1][4] == "'@sum"


def test_a_word_of_paging_that_is_not_ours_is_told_in_words(ada: Browser) -> None:
    deep = base64.urlsafe_b64encode(b"[" * 5_000).decode()
    assert ada.get(f"/settings/audit?after={deep}").status_code == 400
    response = ada.get("/settings/audit?after=nonsense")

    assert response.status_code == 400
    assert "Go back to the first page." in response.text


def test_deactivating_can_be_undone_from_the_toast(ada: Browser, session: Session) -> None:
    from tests.webapp.conftest import add_user

    cy = add_user(session, "Cy Young", "viewer")

    ada.post(f"/settings/people/{cy.id}/deactivate")
    page = ada.get("/settings/people").text
    assert f"/settings/people/{cy.id}/reactivate" in page

    ada.post(f"/settings/people/{cy.id}/reactivate")
    session.expire_all()
    assert session.get_one(User, cy.id).deactivated_at is None


def test_the_menu_of_a_person_offers_what_an_administrator_may_do(ada: Browser, session: Session) -> None:
    from tests.webapp.conftest import add_user

    cy = add_user(session, "Cy Young", "viewer")
    page = ada.get("/settings/people").text

    for what in ("link", "sign-out", "deactivate"):
        assert f'action="/settings/people/{cy.id}/{what}"' in page, what


def test_the_audit_trail_is_told_by_days_in_sentences(ada: Browser, session: Session) -> None:
    record(session, Actor("user_x", "Ann"), "edit segment", f"seg_{uuid.uuid4().hex}", "Regulars", {"name": "Old"}, {"name": "Regulars"})

    page = ada.get("/settings/audit?q=Regulars").text

    assert "<h2>Today, " in page
    assert re.search(r"<b>Ann</b></a> <a [^>]*>changed segment</a> Regulars\.", page), "what is gone has no page"
    assert "<del>Old</del>" in page
    assert "<ins>Regulars</ins>" in page


def test_a_line_of_the_audit_leads_to_what_it_is_about_and_to_all_about_it(ada: Browser, scene: Scene, session: Session) -> None:
    segment = scene.segment("Regulars", scene.dina)
    about = {
        outside(Prefix.SEGMENT, segment.id): f"/segments/seg_{segment.id.hex}",
        outside(Prefix.CUSTOMER, scene.dina.id): f"/customers/cust_{scene.dina.id.hex}",
        "project": "/settings",
    }
    for n, subject in enumerate(about):
        record(session, Actor("user_x", "Ann"), "edit thing", subject, f"Thing {n}")

    page = ada.get("/settings/audit?command=edit thing").text

    for n, (subject, address) in enumerate(about.items()):
        assert re.search(rf'<a href="{address}[^"]*">Thing {n}</a>', page), subject
        assert re.search(rf'subject={subject}">[^<]+<span class="sr">: everything about Thing {n}</span>', page)
    assert f"ref {segment.id.hex[-4:].upper()}" in page


@pytest.mark.parametrize(
    ("actor", "subject", "icon"),
    [
        (SYSTEM, "conn_1", "plug"),
        (SYSTEM, "distr_1", "send"),
        (SYSTEM, "project", "settings"),
        (Actor("key_1", "Shop"), "cust_1", "key-round"),
        (Actor("command line", "Command line"), "user_1", "terminal"),
        (Actor("user_1", "Ann"), "cust_1", ""),
    ],
)
def test_who_is_no_person_has_an_icon_in_the_audit(actor: Actor, subject: str, icon: str) -> None:
    assert presenters.icon_of(Audit(actor=actor.id, actor_name=actor.name, subject=subject)) == icon
