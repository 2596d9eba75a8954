"""The pages of segments: built with and without JavaScript, refused in words, shown, polled, exported, deleted."""

import csv
import re
import uuid
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bench import sample
from domain.customers.membership import refresh as keep
from domain.customers.segments import create
from domain.journal import changed_facts
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.tables.customers import Customer, Member, MetadataField, Segment
from domain.tables.distributions import Distribution
from domain.tables.journal import Event
from tests.domain.customers.membership.test_keep import finish
from webapp.segments.lookups import word

ANN = Actor("user_ann", "Ann Weber")
BRISTOL = {"all": [{"fact": "customer.city", "is": "is", "value": "Bristol"}]}


@pytest.fixture
def dina(session: Session) -> Customer:
    return add(session, "Dina Okafor", city="Bristol", source_id="crm-1", email="dina@example.com")


def add(session: Session, name: str, **values: Any) -> Customer:
    row = Customer(typed_name=name, created_at=clock.now(session), updated_at=clock.now(session), **values)
    session.add(row)
    session.flush()
    return row


@pytest.fixture
def bristol(session: Session, dina: Customer) -> Segment:
    segment = create.dynamic(session, ANN, "Bristol people", BRISTOL)
    finish(session)
    return segment


def rules(*leaves: tuple[str, str, str], join: str = "all", **more: str) -> dict[str, str]:
    """The fields of a builder with these leaves in its root."""
    sent = {"rules--join": join} | more
    for place, (fact, how, value) in enumerate(leaves):
        sent |= {f"rules-{place}-fact": fact, f"rules-{place}-is": how, f"rules-{place}-value": value}
    return sent


CITY = ("customer.city", "is", "Bristol")


def test_the_empty_list_teaches(ann: Any, bo: Any) -> None:
    assert "Say who belongs together" in ann.get("/segments").text
    assert "Ann Weber can edit segments" in bo.get("/segments").text


def test_a_segment_is_made_by_a_condition(ann: Any, session: Session, dina: Customer) -> None:
    assert "Choose a fact" in ann.get("/segments/new").text

    answer = ann.post("/segments/new", data={"name": "Bristol"} | rules(CITY))

    assert answer.status_code == 303
    segment = session.scalars(select(Segment)).one()
    assert segment.condition == {"all": [{"fact": "customer.city", "is": "is", "value": "bristol", "shown": "Bristol"}]}
    finish(session)
    page = ann.get(answer.location).text
    assert "City is Bristol." in page
    assert "Dina Okafor" in page
    assert re.search(r"1 <span>member</span>", page)


def test_groups_are_built_without_javascript(ann: Any, session: Session) -> None:
    sent = {"name": "Nested"} | rules(CITY)
    page = ann.post("/segments/new", data=sent | {"do": "rules:group:"}).text
    assert 'name="rules-1-join"' in page
    assert 'value="any" selected' in page
    assert 'name="rules-1.0-fact"' in page
    assert "Bristol" in page

    sent |= {"rules-1-join": "none", "rules-1.0-fact": "customer.country", "rules-1.0-is": "in", "rules-1.0-value": "Germany; France"}
    page = ann.post("/segments/new", data=sent | {"do": "rules:add:1"}).text
    assert 'name="rules-1.1-fact"' in page
    assert "autofocus" in page

    page = ann.post("/segments/new", data=sent | {"do": "rules:remove:0"}).text
    assert 'name="rules-0.0-fact"' in page
    assert 'name="rules-1-join"' not in page
    assert session.scalar(select(func.count()).select_from(Segment)) == 0

    ann.post("/segments/new", data=sent)
    made = session.scalars(select(Segment)).one().condition
    assert made == {
        "all": [
            {"fact": "customer.city", "is": "is", "value": "bristol", "shown": "Bristol"},
            {"not": {"any": [
                {"fact": "customer.country", "is": "in", "value": ["germany", "france"], "shown": ["Germany", "France"]}
            ]}},
        ]
    }  # fmt: skip


def test_a_fact_brings_its_own_comparisons_and_inputs(ann: Any, session: Session) -> None:
    for key, type in (("spend", "number"), ("last_order", "date"), ("vip", "boolean"), ("seen", "datetime")):
        session.add(MetadataField(noun="customer", key=key, type=type, created_at=clock.now(session)))
    create.manual(session, ANN, "VIP")
    ask = lambda *leaf: ann.htmx("/segments/rules?prefix=rules&form=f", rules(leaf)).text  # noqa: E731 - short for this test alone

    assert "is more than … days ago" in ask("metadata.last_order", "nonsense", "")
    assert 'type="date"' in ask("metadata.last_order", "before", "")
    assert 'name="rules-0-value2"' in ask("metadata.seen", "between", "")
    assert 'inputmode="numeric"' in ask("metadata.last_order", "more_than_ago", "30")
    assert 'inputmode="decimal"' in ask("metadata.spend", "more_than", "")
    assert "<textarea" in ask("customer.city", "in", "a, b")
    assert ">yes</option>" in ask("metadata.vip", "is", "true")
    assert "Choose a segment" in ask("segment", "member", "")
    assert "-value" not in ask("customer.city", "unknown", "")
    assert "Includes people whose city is not known" in ask("customer.city", "is_not", "Bath")
    assert "Includes people" not in ask("customer.city", "is", "Bath")


@pytest.mark.parametrize(
    ("leaf", "says"),
    [
        (("metadata.shoe", "is", "1"), "Nothing is known about “shoe”"),
        (("customer.city", "is", " "), "A value is missing"),
        (("", "", ""), "Choose what this condition is about"),
        (("customer.birthdate", "before", "31.12.2020"), "is not a date"),
        (("segment", "member", str(uuid.uuid4())), "This segment was deleted"),
    ],
)
def test_nonsense_stands_beside_its_leaf_and_input_is_kept(ann: Any, session: Session, leaf: Any, says: str) -> None:
    answer = ann.post("/segments/new", data={"name": "My people"} | rules(CITY, leaf))

    assert answer.status_code == 422
    assert re.search(rf'id="rules-1-wrong".*{re.escape(says)}', answer.text, re.S)
    assert 'href="#rules-1"' in answer.text
    assert 'value="My people"' in answer.text
    assert 'value="Bristol"' in answer.text
    assert session.scalar(select(func.count()).select_from(Segment)) == 0


def test_an_empty_form_and_a_name_that_is_taken_are_told(ann: Any, bristol: Segment) -> None:
    assert "Give the segment a name" in ann.post("/segments/new", data=rules(CITY)).text
    answer = ann.post("/segments/new", data={"name": "bristol PEOPLE"} | rules(CITY))
    assert answer.status_code == 422
    assert "already a segment called “Bristol people”" in answer.text
    empty = ann.post("/segments/new", data={"name": "x", "rules--join": "all"})
    assert "This group is empty" in empty.text


def test_the_crowd_counts_as_it_is_built(ann: Any, dina: Customer) -> None:
    page = ann.htmx("/segments/crowd", rules(CITY)).text
    assert "1 <span>member</span>" in page
    assert "City is Bristol." in page
    assert "Dina Okafor" in page

    assert "Fill in the conditions" in ann.htmx("/segments/crowd", rules(("customer.city", "is", ""))).text


def test_five_others_come_after_the_five(ann: Any, session: Session) -> None:
    people = [add(session, f"Person {n}", city="Bristol") for n in range(7)]
    page = ann.htmx("/segments/crowd", rules(CITY) | {"do": f"rules:others:cust_{people[4].id.hex}"}).text
    assert "Person 5" in page
    assert "Person 4" not in page


def test_an_edit_shows_whom_it_moves_and_lets_live_distributions_react_only_if_ticked(ann: Any, session: Session, bristol: Segment) -> None:
    eli = add(session, "Eli", city="Bath")
    now = clock.now(session)
    live = Distribution(
        name="Welcome", name_key="welcome", status="live", about_noun="segment", about_id=bristol.id, created_at=now, updated_at=now
    )
    session.add(live)
    session.flush()
    url, bath = f"/segments/{word(bristol.id)}/condition", rules(("customer.city", "is", "Bath"))

    beside = ann.htmx(f"/segments/crowd?segment={word(bristol.id)}", bath).text
    assert re.search(r"Would enter</span><b>1<", beside)
    assert re.search(r"Would leave</span><b>1<", beside)
    assert "1 live: Welcome. Up to 2 people would get a message." in beside

    ann.post(url, data={"name": "Bristol people", "row_version": "1"} | bath)
    finish(session)
    assert session.scalar(select(func.count()).select_from(Event)) == 0
    assert session.scalars(select(Member.customer_id)).all() == [eli.id]

    ann.post(url, data={"name": "Bristol again", "row_version": "2", "react": "y"} | rules(CITY))
    finish(session)
    assert session.scalar(select(func.count()).select_from(Event)) == 2
    session.refresh(bristol)
    assert bristol.name == "Bristol again"


def test_whoever_saves_second_gets_409(ann: Any, session: Session, bristol: Segment) -> None:
    url = f"/segments/{word(bristol.id)}/condition"
    ann.post(url, data={"name": "Bristol people", "row_version": "1"} | rules(("customer.city", "is", "Bath")))
    answer = ann.post(url, data={"name": "Bristol people", "row_version": "1"} | rules(("customer.city", "is", "York")))
    assert answer.status_code == 409
    assert "Ann Weber changed the segment “Bristol people”" in answer.text


def test_a_circle_is_told_at_its_leaf(ann: Any, session: Session, bristol: Segment) -> None:
    other = create.dynamic(session, ANN, "Others", {"fact": "segment", "is": "not_member", "value": str(bristol.id)})
    url = f"/segments/{word(bristol.id)}/condition"
    answer = ann.post(url, data={"name": "Bristol people", "row_version": "1"} | rules(CITY, ("segment", "member", str(other.id))))
    assert answer.status_code == 422
    assert "“Others” depends on this segment" in answer.text


def test_a_list_is_pasted_and_says_whom_it_did_not_find(ann: Any, session: Session, dina: Customer) -> None:
    sent = {"name": "VIP", "paste": "crm-1\nnobody@example.com"}
    answer = ann.post("/segments/new-list", data=sent)
    assert answer.status_code == 422
    assert "1 line names nobody" in answer.text
    assert "nobody@example.com" in answer.text
    assert "Make it with the 1 person found" in answer.text

    answer = ann.post("/segments/new-list", data=sent | {"anyway": "yes"})
    assert answer.status_code == 303
    assert session.scalars(select(Member.customer_id)).all() == [dina.id]


def test_people_are_picked_and_taken_off_again(ann: Any, session: Session, dina: Customer) -> None:
    eli = add(session, "Eli")
    found = ann.htmx("/segments/pick", {"q": "dina"}).text
    assert f'value="cust_{dina.id.hex}"' in found
    assert "checked" not in found
    assert "checked" in ann.post("/segments/new-list", data={"do": "find", "pick": f"cust_{dina.id.hex}"}).text

    ann.post("/segments/new-list", data={"name": "VIP", "pick": [f"cust_{dina.id.hex}"]})
    vip = session.scalars(select(Segment)).one()
    ann.post(f"/segments/{word(vip.id)}/people", data={"name": "VIPs", "row_version": "1", "pick": f"cust_{eli.id.hex}"})
    assert set(session.scalars(select(Member.customer_id))) == {dina.id, eli.id}
    assert session.scalar(select(Segment.name)) == "VIPs"

    ann.post(f"/segments/{word(vip.id)}/remove", data={"member": f"cust_{dina.id.hex}"})
    assert session.scalars(select(Member.customer_id)).all() == [eli.id]


def test_members_are_searched_and_what_changed_is_listed(ann: Any, session: Session, bristol: Segment) -> None:
    eli = add(session, "Eli Stone", city="Bristol")
    changed_facts.mark(session, [eli.id], ["customer.city"])
    keep.work(session)
    url = f"/segments/{word(bristol.id)}"

    page = ann.get(url).text
    assert re.search(r"Eli Stone</a> entered", page)
    found = ann.get(f"{url}?q=din").text
    assert found.count("Dina Okafor</a></th>") + found.count("Dina Okafor</a><p>") == 1
    assert "Nobody in it is called that" in ann.get(f"{url}?q=zz").text


def test_the_sync_is_polled_and_says_nothing_when_nothing_changed(ann: Any, session: Session, dina: Customer) -> None:
    segment = create.dynamic(session, ANN, "Bristol", BRISTOL)
    url = f"/segments/{word(segment.id)}"
    page = ann.get(url).text
    assert "Waits to be synced" in page
    poll = re.search(r'hx-get="([^"]+/state[^"]*)"', page)[1].replace("&amp;", "&")
    assert ann.htmx(poll).status_code == 204
    assert "Syncing" in ann.get("/segments").text

    finish(session)
    answer = ann.htmx(poll)
    assert answer.status_code == 200
    assert "Current as of" in answer.text
    assert 'hx-target="#members"' in answer.text
    line = ann.htmx(f"{url}/row?seen=old").text
    assert "every 2s" not in line


def test_a_failed_sync_is_shown_and_tried_again(ann: Any, session: Session, bristol: Segment) -> None:
    bristol.sync, bristol.sync_error = "failed", "The database was away."
    url = f"/segments/{word(bristol.id)}"
    assert "The database was away." in ann.get(url).text
    ann.post(f"{url}/retry")
    assert session.scalar(select(Segment.sync)) == "syncing"


def test_why_names_the_condition_and_the_value_seen(bo: Any, session: Session, bristol: Segment, dina: Customer) -> None:
    eli = add(session, "Eli", city="Bath")
    page = bo.get(f"/segments/{word(bristol.id)}/why/cust_{eli.id.hex}").text
    assert "is not in it" in page
    assert "saw <b>Bath</b>" in page
    assert "is in it" in bo.get(f"/segments/{word(bristol.id)}/why/cust_{dina.id.hex}").text
    assert bo.get(f"/segments/{word(bristol.id)}/why/cust_nonsense").status_code == 404


def test_members_leave_as_a_guarded_file(ann: Any, session: Session, bristol: Segment, dina: Customer) -> None:
    dina.typed_name = "=cmd()"
    dina.phone = "+447700900018"
    answer = ann.get(f"/segments/{word(bristol.id)}/members.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="bristol-people.csv"'
    lines = answer.text.splitlines()
    assert lines[0].endswith("id,source_id,name,email,phone,city,country,entered_at")
    assert lines[1].startswith(f"cust_{dina.id.hex},crm-1,'=cmd(),dina@example.com,+447700900018,Bristol,,")


def test_deleting_asks_for_the_name_and_is_refused_in_use(ann: Any, session: Session, bristol: Segment) -> None:
    url = f"/segments/{word(bristol.id)}"
    answer = ann.post(f"{url}/delete", data={"confirm": "nope"})
    assert answer.status_code == 422
    assert "type “Bristol people” to confirm" in answer.text

    other = create.dynamic(session, ANN, "Others", {"fact": "segment", "is": "not_member", "value": str(bristol.id)})
    answer = ann.post(f"{url}/delete", data={"confirm": "bristol people"})
    assert "is used by the segment “Others”" in answer.text
    session.delete(session.get(Segment, other.id))
    assert ann.post(f"{url}/delete", data={"confirm": "bristol people"}).status_code == 303
    assert ann.get(url).status_code == 404


def test_a_copy_opens_for_changing(ann: Any, bristol: Segment) -> None:
    answer = ann.post(f"/segments/{word(bristol.id)}/duplicate")
    assert answer.location.endswith("/condition")
    page = ann.get(answer.location).text
    assert 'value="Bristol people (copy)"' in page
    assert 'value="Bristol"' in page


def test_the_list_filters_and_names_users(ann: Any, session: Session, bristol: Segment) -> None:
    create.dynamic(session, ANN, "Others", {"fact": "segment", "is": "not_member", "value": str(bristol.id)})
    create.manual(session, ANN, "VIP")
    page = ann.get("/segments").text
    assert re.search(rf'<a href="/segments/{word(bristol.id)}">Bristol people</a><p>City is Bristol', page)
    assert ">Others</a></td>" in page
    assert "VIP" not in ann.get("/segments?kind=dynamic").text
    assert "Others" not in ann.get("/segments?q=vip").text
    assert "No segment fits" in ann.get("/segments?q=zzz").text


def test_bo_sees_and_may_not_change(bo: Any, bristol: Segment) -> None:
    url = f"/segments/{word(bristol.id)}"
    page = bo.get(url).text
    assert "Delete" not in page
    assert "Export" not in page
    for path in ("/segments/new", "/segments/new-list", f"{url}/condition", f"{url}/members.csv"):
        assert bo.get(path).status_code == 403
    assert bo.post(f"{url}/delete").status_code == 403


@pytest.mark.skipif(not sample.SOURCE.exists(), reason=f"left out: {sample.SOURCE} is not here")
def test_the_shop_has_53_big_spenders_of_autumn(ann: Any, session: Session, tmp_path: Path) -> None:
    sample.write(sample.SOURCE, tmp_path / "customers.csv")
    now = clock.now(session)
    with (tmp_path / "customers.csv").open(newline="") as file:
        for line in csv.DictReader(file):
            dates = {key: line[key] for key in ("first_order", "last_order") if line[key]}
            details = {"spend": int(line["spend"]), **dates}
            session.add(Customer(source_id=line["source_id"], country=line["country"], details=details, created_at=now, updated_at=now))
    for key, type in (("spend", "number"), ("first_order", "date"), ("last_order", "date")):
        session.add(MetadataField(noun="customer", key=key, type=type, created_at=now))
    asked = rules(
        ("metadata.spend", "more_than", "10000"),
        ("metadata.last_order", "more_than_equal", "2011-09-10"),
        ("metadata.last_order", "before", "2011-12-10"),
        ("customer.country", "in", "Germany, France"),
    )

    assert "53 <span>members" in ann.htmx("/segments/crowd", asked).text
    ann.post("/segments/new", data={"name": "Big spenders of autumn"} | asked)
    finish(session)

    assert session.scalar(select(func.count()).select_from(Member)) == 53
