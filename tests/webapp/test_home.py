"""Home: a sentence first, what needs somebody, and a way in for a newcomer."""

import datetime
import re

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.insight.home import first_steps
from domain.journal import notices
from domain.kernel import clock
from domain.kernel.base import Prefix, outside
from domain.tables.journal import Audit, Notice
from tests.domain.insight.home.test_glance import campaign, distribution
from tests.scenes import Scene
from tests.webapp.conftest import Browser
from webapp.home import presenters


def test_a_newcomer_is_led_through_five_steps(ann: Browser, ada: Browser) -> None:
    page = ann.get("/").text

    assert "Give the right people the right code" in page
    assert "Ada Lind can change connections." in page
    assert "Import customers" in page


def test_what_lies_ready_leads_before_anything_was_launched(ann: Browser, session: Session) -> None:
    scene = Scene(session)
    row = scene.draft(scene.codes_to_segment(segment_id=scene.segment("Both", scene.dina, scene.eli).id), name="Autumn thank-you")
    scene.draft(name="Half a draft")

    page = ann.get("/").text

    assert "One is ready to go" in page
    assert f'href="/distributions/{outside(Prefix.DISTRIBUTION, row.id)}/summary">Look it over and send' in page
    assert "<b>1</b> person gets it" in page
    assert "Half a draft" not in page


def test_every_step_leads_to_a_page_that_is_there(ada: Browser, app: Flask, session: Session) -> None:
    for step in first_steps.steps(session):
        action = presenters.first_action(step)
        with app.test_request_context():
            where = action.href
        response = ada.post(where) if action.posts else ada.get(where)

        assert response.status_code in {200, 303}, where


def test_the_page_begins_with_a_sentence(ann: Browser, session: Session) -> None:
    now = clock.now(session)
    distribution(session, "Autumn thank-you", "scheduled", due_at=now + datetime.timedelta(minutes=9))
    distribution(session, "November newsletter", "sending", started_at=now)
    distribution(session, "Stollen", "scheduled", due_at=now + datetime.timedelta(days=3))

    page = ann.get("/").text

    assert "<h1>One is sending, two are next</h1>" in page
    assert page.index("Autumn thank-you") < page.index("Stollen")
    assert page.index("The next seven days") < page.index("Autumn thank-you") < page.index("so far")


def test_what_needs_somebody_has_one_action_and_can_be_dismissed_when_nothing_stopped(ann: Browser, session: Session) -> None:
    row = distribution(session, "Birthday treat", "paused", pause_reason="no_codes")
    about = f"distr_{row.id.hex}"
    notices.raise_notice(session, "no_codes", about, "Out of codes", "46 wait.", grave=True)
    notices.raise_notice(session, "low", f"camp_{row.id.hex}", "Runs <low>")

    page = ann.get("/").text

    assert "Two things need you." in page
    assert f'href="/distributions/{about}">Add codes' in page
    assert "Runs &lt;low&gt;" in page
    assert page.count("/dismiss") == 1

    note = session.query(Notice).filter_by(kind="low").one()
    ann.post(f"/notices/{note.id}/dismiss")
    assert "One thing needs you." in ann.get("/").text
    assert session.query(Audit).filter_by(command="dismiss notice").count() == 1
    assert ann.post(f"/notices/{note.id}/dismiss").status_code == 404


def test_a_viewer_sees_it_all_and_no_button_that_would_refuse_them(bo: Browser, session: Session) -> None:
    distribution(session, "Welcome", "live", trigger="segment_entered")
    campaign(session, "Dry", 0)
    notices.raise_notice(session, "low", "camp_1", "Runs low")

    page = bo.get("/").text

    assert "Welcome" in page
    for word in ("New distribution", "Dismiss", "Pause", ">Add codes"):
        assert word not in page


def test_htmx_gets_only_the_glance_and_caches_are_told(ann: Browser, session: Session) -> None:
    distribution(session, "Welcome", "live")

    response = ann.htmx("/")

    assert "<html" not in response.text
    assert 'id="glance"' in response.text
    assert "HX-Request" in response.headers["Vary"]


def test_the_link_of_a_mailed_notice_leads_to_what_it_is_about(ann: Browser, session: Session) -> None:
    row = distribution(session, "Autumn thank-you", "paused")
    subject = outside(Prefix.DISTRIBUTION, row.id)
    notices.raise_notice(session, "no_codes", subject, "Out of codes")
    notices.raise_notice(session, "letters", "project", "A notice could not be sent by mail")

    for one in session.scalars(select(Notice)):
        answer = ann.get(f"/notices/{outside(Prefix.NOTICE, one.id)}")
        assert answer.location == ("/settings/project" if one.kind == "letters" else f"/distributions/{subject}")

    assert ann.get("/notices/note_nonsense").location == "/"


def test_only_what_changed_is_sent_again(ann: Browser, session: Session) -> None:
    row = distribution(session, "Welcome", "live", trigger="segment_entered")
    stamps = dict(re.findall(r'class="home-stamp" name="(\w+)" value="(\w+)"', ann.get("/").text))
    del stamps["head"]  # it says what time it is
    row.name = "Welcome back"
    session.flush()

    changed = ann.htmx("/home/changes", query_string=stamps).text
    now = dict(re.findall(r'class="home-stamp" name="(\w+)" value="(\w+)"', ann.get("/").text))

    assert 'id="home-going" hx-swap-oob="outerMorph"' in changed
    assert "Welcome back" in changed
    assert 'id="home-month"' not in changed
    assert {key for key in stamps if stamps[key] != now[key]} == {"going"}


def test_nothing_is_sent_while_nothing_changed(ann: Browser, session: Session) -> None:
    distribution(session, "Welcome", "live", trigger="segment_entered")

    for _ in range(3):  # a minute may just be over
        stamps = dict(re.findall(r'class="home-stamp" name="(\w+)" value="(\w+)"', ann.get("/").text))
        answer = ann.htmx("/home/changes", query_string=stamps)
        if answer.status_code == 204:
            break
    assert answer.status_code == 204


def test_a_month_without_anything_says_so(ann: Browser, session: Session) -> None:
    distribution(session, "Welcome", "live", trigger="segment_entered")

    page = ann.get("/").text

    assert page.count("Nothing in ") == 8  # four numbers, each also for those who do not see the drawing
    assert page.count("Live ones only") == 7
    assert "What is launched, paused, imported or connected stands here." in page
