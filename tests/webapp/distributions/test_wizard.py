"""The wizard, walked through as a browser without scripts does, and as htmx does."""

import datetime
import re
import zoneinfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.distributions.draft import store as draft
from domain.distributions.draft.spec import Spec
from domain.kernel.base import Prefix, outside
from domain.tables.connections import TestSend
from domain.tables.customers import Customer
from tests.scenes import MAIL, Scene
from tests.webapp.conftest import Browser
from tests.webapp.distributions.by_forms import only, send, url


@pytest.mark.parametrize("htmx", [False, True], ids=["without scripts", "with htmx"])
def test_a_marketer_walks_from_an_empty_draft_to_a_scheduled_distribution(ann: Browser, scene: Scene, session: Session, htmx: bool) -> None:
    segment, campaign = scene.segment("Lapsed regulars", scene.dina, scene.finn), scene.campaign("Autumn 15 %")

    made = ann.post("/distributions")
    assert made.status_code == 303
    row = only(session)
    assert made.location.endswith("/trigger")
    assert "What starts it" in ann.get(made.location).text

    send(ann, session, row, "trigger", "choose", htmx, pace="once")
    answer = send(ann, session, row, "trigger", "audience:segment", htmx, pace="once")
    assert answer.status_code == (200 if htmx else 303)
    answer = send(ann, session, row, "trigger", "next", htmx, pace="once", audience="segment", segment=outside(Prefix.SEGMENT, segment.id))
    assert answer.headers["HX-Push-Url" if htmx else "Location"].endswith("/action")
    if htmx:
        assert "What do they get?" in answer.text
        assert "<html" not in answer.text

    answer = send(ann, session, row, "action", "next", htmx, action="codes", campaign=outside(Prefix.CAMPAIGN, campaign.id))
    assert answer.headers["HX-Push-Url" if htmx else "Location"].endswith("/channels")

    send(ann, session, row, "channels", f"add:{outside(Prefix.CONNECTION, scene.sandbox.id)}:email", htmx)
    page = ann.get(url(row, "channels")).text
    assert "Only to people who agreed to" in page
    fields = {
        "c1-subject": "For you",
        "c1-text": "Your code: {{ voucher.code }}",
        "c1-permission": outside(Prefix.PERMISSION, scene.offers.id),
    }
    answer = send(ann, session, row, "channels", "next", htmx, **fields, asked="check_permission", check_permission="1")
    assert answer.headers["HX-Push-Url" if htmx else "Location"].endswith("/summary")

    summary = ann.get(url(row, "summary")).text
    assert "Send 2 codes at" in summary
    assert "each get" in summary

    session.refresh(row)
    gone = ann.post(url(row, "launch"), data={"name": row.name, "row_version": row.row_version, "chosen_at": ""})

    assert gone.status_code == 303
    session.refresh(row)
    assert (row.status, row.version) == ("scheduled", 1)
    page = ann.get(gone.location).text
    assert ">2 codes</a> go out at" in page
    assert "Stop, send nothing" in page


def test_a_step_with_mistakes_comes_back_with_them_at_their_fields(ann: Browser, scene: Scene, session: Session) -> None:
    row = scene.draft()
    for htmx in (False, True):
        answer = send(ann, session, row, "trigger", "next", htmx, pace="once", audience="segment", segment="")

        assert answer.status_code == 422
        assert 'href="#segment_id"' in answer.text
        assert "Choose the segment that gets it." in answer.text
        assert 'aria-invalid="true"' in answer.text
        assert ("<html" in answer.text) is not htmx


def test_what_is_wrong_is_stored_all_the_same(ann: Browser, scene: Scene, session: Session) -> None:
    row = scene.draft(scene.codes_to_segment())
    answer = send(ann, session, row, "channels", "next", **{"c1-subject": "", "c1-text": "Hello {{ customer.nickname }}"})

    assert answer.status_code == 422
    assert "There is no variable {{ customer.nickname }}" in answer.text
    session.refresh(row)
    assert draft.working(row).channels[0].parts["text"] == "Hello {{ customer.nickname }}"


def test_an_autosave_answers_with_the_word_the_rail_and_what_is_wrong(ann: Browser, scene: Scene, session: Session) -> None:
    row = scene.draft(scene.codes_to_segment())
    session.refresh(row)
    before = row.row_version
    data = {"name": "Autumn thank-you", "row_version": row.row_version, "c1-text": "{{ vouchr.code }}"}
    answer = ann.htmx(url(row, "channels?auto=1"), data)

    session.refresh(row)
    assert answer.status_code == 200
    assert re.search(r"Saved \d\d:\d\d:\d\d", answer.text)
    assert f'name="row_version" value="{row.row_version}"' in answer.text
    assert "There is no variable {{ vouchr.code }}" in answer.text
    assert 'id="rail" hx-swap-oob="true"' in answer.text
    assert row.row_version > before
    assert row.name == "Autumn thank-you"


def test_the_second_of_two_tabs_is_told_and_overwrites_nothing(ann: Browser, scene: Scene, session: Session) -> None:
    row = scene.draft(scene.codes_to_segment())
    session.refresh(row)
    old = {"name": row.name, "row_version": row.row_version, "do": "next", "c1-text": "from the second tab"}
    send(ann, session, row, "channels", "choose", **{"c1-text": "from the first tab"})

    for path in ("channels", "channels?auto=1"):
        answer = ann.htmx(url(row, path), old)
        assert answer.status_code == 409
        assert "Ann Weber changed this at" in answer.text
        assert ("from the second tab" in answer.text) is (path == "channels")
    session.refresh(row)
    assert draft.working(row).channels[0].parts["text"] == "from the first tab"


def test_a_taken_name_is_refused_and_everything_else_is_stored(ann: Browser, scene: Scene, session: Session) -> None:
    scene.draft(name="Christmas")
    row = scene.draft()
    session.refresh(row)
    answer = ann.post(url(row, "trigger"), data={"name": "CHRISTMAS", "row_version": row.row_version, "do": "save", "pace": "once"})

    assert answer.status_code == 422
    assert "Another distribution is called “CHRISTMAS” already" in answer.text
    session.refresh(row)
    assert (row.name, draft.working(row).trigger) == ("Untitled 1", "manual")


def test_changing_the_trigger_keeps_the_campaign(ann: Browser, scene: Scene, session: Session) -> None:
    row = scene.draft(scene.codes_to_segment())
    campaign = draft.working(row).campaign_id
    send(ann, session, row, "trigger", "choose", pace="live")
    session.refresh(row)

    assert (draft.working(row).trigger, draft.working(row).campaign_id) == ("segment_entered", campaign)


def test_closed_choices_say_why(ann: Browser, scene: Scene, session: Session) -> None:
    campaign = scene.campaign("Dry", codes=0)
    row = scene.draft(Spec(trigger="published", trigger_campaign_id=campaign.id))
    page = ann.get(url(row, "action")).text
    assert "the message can only carry that code" in page

    send(ann, session, row, "trigger", "choose", pace="once")
    send(ann, session, row, "action", "choose", action="codes")
    page = ann.get(url(row, "action")).text
    assert "“Dry” has no code left. Add codes, or switch auto-update on." in page
    assert "Only a published code can be sent on" in page


def test_a_customer_is_found_or_added_on_the_spot(ann: Browser, scene: Scene, session: Session) -> None:
    row = scene.draft()
    found = send(ann, session, row, "trigger", "find", True, pace="once", audience="customer", who="dina")
    assert "Dina Okafor" in found.text

    wrong = send(ann, session, row, "trigger", "add-customer", pace="once", audience="customer", new_name="Gus", new_email="not an address")
    assert wrong.status_code == 422
    assert 'value="not an address"' in wrong.text

    send(ann, session, row, "trigger", "add-customer", pace="once", audience="customer", new_name="Gus", new_email="gus@grape.example")
    session.refresh(row)
    gus = session.scalars(select(Customer).where(Customer.name == "Gus")).one()
    assert draft.working(row).customer_id == gus.id


def test_a_segment_is_built_on_the_spot(ann: Browser, scene: Scene, session: Session) -> None:
    row = scene.draft()
    fields = {
        "pace": "once",
        "audience": "new",
        "rules--join": "all",
        "rules-0-fact": "customer.city",
        "rules-0-is": "is",
        "rules-0-value": "Bath",
    }
    send(ann, session, row, "trigger", "choose", **fields, new_name="People of Bath")
    page = ann.get(url(row, "trigger")).text
    assert 'value="Bath"' in page
    assert 'value="People of Bath"' in page

    send(ann, session, row, "trigger", "next", **fields, new_name="People of Bath")

    session.refresh(row)
    spec = draft.working(row)
    assert spec.audience == "segment"
    assert "People of Bath" in ann.get(url(row, "trigger")).text


def test_a_test_send_is_marked_takes_no_code_and_stays_here(ann: Browser, scene: Scene, session: Session) -> None:
    row = scene.draft(scene.codes_to_segment())
    answer = ann.post(url(row, "test/c1"), data={"as": outside(Prefix.CUSTOMER, scene.dina.id), "c1-to": "ann@maple-rye.example"})

    assert answer.status_code == 303
    kept = session.scalars(select(TestSend)).one()
    assert kept.parts["subject"] == "[TEST] Hello Dina"
    assert "RYE-XXXX-XXXX" in kept.parts["text"]
    assert (kept.address, kept.outcome, kept.sent_by) == ("ann@maple-rye.example", "accepted", "Ann Weber")


def test_tests_go_to_nobody_outside(ann: Browser, scene: Scene, session: Session) -> None:
    smtp = scene.connection("Our relay", "smtp")
    row = scene.draft(scene.codes_to_segment(channels=(scene.channel(MAIL, mode="smtp", connection=smtp),)))
    mode = __import__("integrations.catalogue", fromlist=["provider"]).provider("smtp").modes[0].key
    send(ann, session, row, "channels", "remove:c1")
    session.refresh(row)
    draft.store(
        session,
        row.id,
        scene.codes_to_segment(channels=(scene.channel(MAIL, mode=mode, connection=smtp),)),
        row.row_version,
        __import__("tests.scenes", fromlist=["ANN"]).ANN,
    )
    answer = ann.htmx(url(row, "test/c1"), {"c1-to": "stranger@elsewhere.example"})

    assert "“stranger@elsewhere.example” is neither" in answer.text
    assert session.scalars(select(TestSend)).all() == []


def test_the_preview_frame_has_no_scripts_and_the_words_for_one_customer(ann: Browser, scene: Scene, session: Session) -> None:
    row = scene.draft(
        scene.codes_to_segment(channels=(scene.channel({**MAIL, "html": "<p>Hi {{ customer.name }}<script>x()</script></p>"}),))
    )
    answer = ann.get(url(row, f"preview/c1?as={outside(Prefix.CUSTOMER, scene.dina.id)}"))

    assert "Hi Dina Okafor" in answer.text
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_the_summary_names_who_is_left_out_and_each_number_opens_its_list(ann: Browser, scene: Scene, session: Session) -> None:
    segment = scene.segment("Everybody", scene.dina, scene.eli, scene.finn)
    row = scene.draft(scene.codes_to_segment(segment_id=segment.id))
    page = ann.get(url(row, "summary")).text
    assert "no permission" in page
    assert "Send 2 codes at" in page

    listed = ann.get(url(row, "left-out/no_permission")).text
    assert "Eli Marsh" in listed
    assert "Dina Okafor" not in listed


def test_a_viewer_sees_everything_changes_nothing_and_sees_who_can(bo: Browser, ann: Browser, scene: Scene, session: Session) -> None:
    row = scene.draft(scene.codes_to_segment())
    for step in ("trigger", "action", "channels", "summary"):
        page = bo.get(url(row, step))
        assert page.status_code == 200
        assert 'value="next"' not in page.text
    assert "Ann Weber can launch distributions." in bo.get(url(row, "summary")).text
    session.refresh(row)
    for path in ("trigger", "launch", "duplicate", "delete", "test/c1", "edit", "hold", "stop", "pause", "resume"):
        assert bo.post(url(row, path), data={"row_version": row.row_version}).status_code == 403
    assert bo.post("/distributions").status_code == 403
    assert only(session).status == "draft"


def test_nobody_sees_nothing(client: Browser, scene: Scene) -> None:
    row = scene.draft()
    assert client.get(url(row, "trigger")).status_code == 303


def test_a_bad_address_is_not_found(ann: Browser) -> None:
    assert ann.get("/distributions/distr_nonsense/trigger").status_code == 404
    assert ann.get(f"/distributions/distr_{'0' * 32}/trigger").status_code == 404


def test_the_builder_grows_by_its_own_buttons_without_scripts(ann: Browser, scene: Scene, session: Session) -> None:
    row = scene.draft()
    fields = {
        "pace": "once",
        "audience": "new",
        "rules--join": "all",
        "rules-0-fact": "customer.city",
        "rules-0-is": "is",
        "rules-0-value": "Bath",
    }
    answer = send(ann, session, row, "trigger", "rules:add:", **fields)

    assert answer.status_code == 200
    assert 'name="rules-1-fact"' in answer.text
    assert 'value="Bath"' in answer.text


def test_what_is_tested_is_what_stands_on_the_page(ann: Browser, scene: Scene, session: Session) -> None:
    row = scene.draft(scene.codes_to_segment())
    session.refresh(row)
    data = {"name": row.name, "row_version": row.row_version, "c1-subject": "Just typed", "c1-to": "ann@maple-rye.example"}
    answer = ann.htmx(url(row, "test/c1"), data)

    session.refresh(row)
    assert session.scalars(select(TestSend)).one().parts["subject"] == "[TEST] Just typed"
    assert f'value="{row.row_version}" hx-swap-oob="true"' in answer.text


def test_a_time_that_has_passed_is_refused_with_its_zone(ann: Browser, scene: Scene, session: Session) -> None:
    row = scene.draft(scene.codes_to_segment())
    answer = send(ann, session, row, "summary", "choose", chosen_at="2020-03-02T09:00")

    assert answer.status_code == 422
    assert "Monday 2 March 2020, 09:00 has passed: in Europe/London it is " in answer.text
    assert "Choose a later time" in answer.text


def test_a_time_that_passed_while_the_draft_lay_there_is_refused_when_it_is_launched(ann: Browser, scene: Scene, session: Session) -> None:
    soon = (scene.now + datetime.timedelta(hours=1)).astimezone(zoneinfo.ZoneInfo("Europe/London"))
    row = scene.draft(scene.codes_to_segment())
    at = f"{soon:%Y-%m-%dT%H:%M}"
    assert send(ann, session, row, "summary", "choose", chosen_at=at).status_code == 303
    scene.later(hours=3)

    session.refresh(row)
    answer = ann.post(url(row, "launch"), data={"name": row.name, "row_version": row.row_version, "chosen_at": at})

    assert answer.status_code == 422
    assert "has passed: in Europe/London it is" in answer.text
    assert row.status == "draft"


@pytest.mark.parametrize("step", ["trigger", "action", "summary"])
def test_every_count_of_people_is_of_those_who_get_it_and_opens_its_list(ann: Browser, scene: Scene, session: Session, step: str) -> None:
    segment = scene.segment("Regulars", scene.dina, scene.eli, scene.finn)
    row = scene.draft(scene.codes_to_segment(segment_id=segment.id))

    page = ann.get(url(row, step)).text

    assert "3 people" not in re.sub(r"<[^>]+>", "", page)
    assert re.search(rf'href="{url(row, "people")}">\s*(<b>)?2 ', page)
    listed = ann.get(url(row, "people")).text
    assert "Dina Okafor" in listed
    assert "Eli Marsh" not in listed


def test_the_countdown_counts_whom_it_reaches(ann: Browser, scene: Scene, session: Session) -> None:
    segment = scene.segment("Regulars", scene.dina, scene.eli, scene.finn)
    row = scene.scheduled(scene.codes_to_segment(segment_id=segment.id))

    assert ">2 codes</a> go out" in ann.get(url(row)).text


def test_channels_are_tabs_that_say_what_is_left_to_do(ann: Browser, scene: Scene, session: Session) -> None:
    spec = scene.codes_to_segment(channels=(scene.channel(MAIL), scene.channel({"text": ""}, key="c2", mode="sms")))
    row = scene.draft(spec)

    page = ann.get(url(row, "channels")).text

    assert re.search(r'id="state-c1">\s*Ready', page)
    assert re.search(r'id="state-c2">\s*1 to put right', page)
    assert "SMS: 1 to put right before it can go" in page
    assert re.search(r'value="c1" checked', page)
    told = ann.get(url(row, "channels") + "?put-right").text
    assert re.search(r'value="c2" checked', told), "the first that is to be put right is open"


def test_what_is_connected_is_shown_and_the_rest_is_folded_by_what_it_is_for(ann: Browser, bo: Browser, scene: Scene) -> None:
    row = scene.draft(scene.codes_to_segment(channels=(scene.channel(MAIL),)))

    page = ann.get(url(row, "channels")).text

    assert 'value="add:' in page
    assert "among the channels already" not in page
    folded = page.partition('<details class="morech">')[2].partition("</details>")[0]
    for heading, name in (("Mail", "SendGrid"), ("SMS", "Twilio"), ("Platforms", "Braze"), ("Own systems", "Webhook")):
        assert re.search(rf"<h3>{heading}</h3><ul>.*?{name}", folded, re.DOTALL)
    assert "Sandbox" not in folded
    assert "can connect them" in bo.get(url(row, "channels")).text


def test_the_permission_says_how_many_it_leaves_out(ann: Browser, scene: Scene) -> None:
    segment = scene.segment("Everybody", scene.dina, scene.eli, scene.finn)
    row = scene.draft(scene.codes_to_segment(segment_id=segment.id))

    assert re.search(r'left-out/no_permission">leaves out 1</a>', ann.get(url(row, "channels")).text)
