"""Pages about customers, by people who may and people who may not."""

import csv
import html
import io
import json
import re
from collections.abc import Callable

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.customers.consents import suppressions
from domain.customers.profiles import customer_input, edit
from domain.kernel import clock
from domain.kernel.base import Prefix, outside
from domain.tables.customers import Customer, Member, Permission, Segment
from domain.tables.distributions import Distribution
from domain.tables.incentives import Campaign, PoolDelta, Voucher
from domain.tables.journal import Audit
from domain.tables.workspace import Project
from tests.cast import ANN
from tests.webapp.conftest import Browser

pytestmark = pytest.mark.every_locale


def page_of(customer: Customer, more: str = "") -> str:
    return f"/customers/{outside(Prefix.CUSTOMER, customer.id)}{more}"


def names(response: object) -> list[str]:
    return re.findall(r'<a href="/customers/cust_\w+">([^<]+)</a>', response.text)


def test_an_empty_list_teaches(ann: Browser, bo: Browser) -> None:
    assert "Bring them from your shop or CRM" in ann.get("/customers").text
    assert "Add a customer</a>" not in bo.get("/customers").text


def test_the_list_is_searched_and_filtered_by_its_url(
    ann: Browser, session: Session, dina: Customer, eli: Customer, finn: Customer
) -> None:
    now = clock.now(session)
    segment = Segment(name="Bristol", name_key="bristol", kind="manual", created_at=now, updated_at=now)
    session.add(segment)
    session.flush()
    session.add(Member(segment_id=segment.id, customer_id=dina.id, entered_at=now))

    assert names(ann.get("/customers")) == ["Finn", "Eli Stone", "Dina Okafor"]
    assert names(ann.get("/customers?q=din")) == ["Dina Okafor"]
    assert names(ann.get("/customers?contact=no-phone")) == ["Finn"]
    assert names(ann.get(f"/customers?segment={outside(Prefix.SEGMENT, segment.id)}")) == ["Dina Okafor"]
    assert names(ann.get("/customers?city=bath&from=2020-01-01")) == ["Eli Stone"]
    assert "No customer fits" in ann.get("/customers?q=zz").text
    assert names(ann.get("/customers?segment=nonsense&from=nonsense&contact=nonsense")) == ["Finn", "Eli Stone", "Dina Okafor"]
    block = ann.htmx("/customers?q=din").text
    assert names(ann.htmx("/customers?q=din")) == ["Dina Okafor"]
    assert "<html" not in block


def test_a_long_list_is_read_page_by_page(ann: Browser, add: Callable[..., Customer]) -> None:
    for n in range(60):
        add(name=f"c{n}")

    first = ann.get("/customers")
    more = re.search(r'href="(/customers\?after=[^"]+)"', first.text)

    assert len(names(first)) == 50
    assert more is not None
    assert names(ann.get(more[1])) == [f"c{n}" for n in range(9, -1, -1)]


@pytest.mark.parametrize("near", [1, 30])
@pytest.mark.parametrize(
    ("filters", "fitting"),
    [
        ("q=c&country=GB&contact=no-email", [n for n in range(39, -1, -1) if n % 3 == 0]),
        ("country=GB&city=bath", []),
        ("country=GB&city=leeds", [n for n in range(39, -1, -1) if n % 13 == 0 and n % 3 == 0]),
        ("country=GB&from=2020-01-01&to=2199-01-01", [n for n in range(39, -1, -1) if n % 3 == 0]),
    ],
)
def test_several_filters_read_the_same_pages_whether_they_fit_many_or_few(
    ann: Browser, add: Callable[..., Customer], monkeypatch: pytest.MonkeyPatch, filters: str, fitting: list[int], near: int
) -> None:
    for n in range(40):
        add(name=f"c{n}", country="GB" if n % 3 == 0 else "PL", city="Leeds" if n % 13 == 0 else "York")
    monkeypatch.setattr("webapp.paging.NEAR", near)
    monkeypatch.setattr("webapp.paging.SIZE", 5)

    forth, page = list[str](), ann.get(f"/customers?{filters}")
    forth += names(page)
    while more := re.search(r'href="(/customers\?[^"]*after=[^"]+)"', page.text):
        page = ann.get(html.unescape(more[1]))
        forth += names(page)
    back = names(page)
    while less := re.search(r'href="(/customers\?[^"]*before=[^"]+)"', page.text):
        page = ann.get(html.unescape(less[1]))
        back = names(page) + back

    assert forth == back == [f"c{n}" for n in fitting]


def test_the_file_has_the_customers_of_the_filter_and_disarms_formulas(
    ann: Browser, bo: Browser, session: Session, dina: Customer, eli: Customer
) -> None:
    edit.edit(session, ANN, dina.id, customer_input.read(session, {"name": "=cmd()"}))

    response = ann.get("/customers/list.csv?city=bristol")

    rows = list(csv.DictReader(io.StringIO(response.text.lstrip("\ufeff"))))
    assert [(row["name"], row["phone"], row["source_id"]) for row in rows] == [("'=cmd()", "+447700900123", "crm-48213")]
    assert session.scalars(select(Audit.command).order_by(Audit.id.desc()).limit(1)).one() == "download customers"
    assert bo.get("/customers/list.csv").status_code == 403


def test_a_customer_is_added_by_hand_with_a_new_field(ann: Browser, session: Session, project: Project) -> None:
    data = {"name": "Gus", "phone": "07700 900125", "new_key": "favourite", "new_type": "text", "new_value": "Dark rye"}

    response = ann.post("/customers/new", data=data)

    gus = session.scalars(select(Customer)).one()
    assert response.status_code == 303
    assert response.headers["Location"] == page_of(gus)
    assert (gus.phone, gus.details) == ("+447700900125", {"favourite": "Dark rye"})
    assert "Dark rye" in ann.get(page_of(gus)).text


def test_a_wrong_form_comes_back_with_everything_typed(ann: Browser, project: Project, session: Session) -> None:
    response = ann.post("/customers/new", data={"name": "Gus", "email": "gus", "birthdate": "2999-01-01", "new_key": "no good"})

    assert response.status_code == 422
    assert 'value="Gus"' in response.text
    for words in ("no e-mail address", "in the future") if "cannot be a key" not in response.text else ("cannot be a key",):
        assert words in response.text
    assert session.scalars(select(Customer)).all() == []
    response = ann.htmx("/customers/new", {"email": "gus", "birthdate": "2999-01-01"})
    assert "2 things to put right" in response.text
    assert "<html" not in response.text


def test_an_edit_of_what_somebody_else_saved_says_who_and_what(ann: Browser, session: Session, dina: Customer) -> None:
    form = ann.get(page_of(dina, "/edit")).text
    seen = re.search(r'name="row_version" type="hidden" value="(\d+)"', form)
    assert seen is not None
    edit.edit(session, ANN, dina.id, customer_input.read(session, {"city": "Bath"}))

    data = {"name": "Dina", "email": dina.email, "phone": dina.phone, "source_id": "crm-48213", "city": "York", "country": "GB"}
    response = ann.post(page_of(dina, "/edit"), data=data | {"row_version": seen[1]})

    assert response.status_code == 409
    assert "Ann saved this customer at" in response.text
    assert "City is now <b>Bath</b>" in response.text
    assert 'value="York"' in response.text
    again = re.search(r'name="row_version" type="hidden" value="(\d+)"', response.text)
    assert again is not None
    assert ann.post(page_of(dina, "/edit"), data=data | {"row_version": again[1]}).status_code == 303
    session.expire_all()
    assert (dina.city, dina.name) == ("York", "Dina")


@pytest.fixture
def coupon(session: Session, dina: Customer) -> Voucher:
    now = clock.now(session)
    campaign = Campaign(
        name="Autumn 15 %", name_key="autumn 15 %", discount={"type": "percent", "percent": 15}, currency="GBP", created_at=now,
        updated_at=now, pattern="RYE-########", charset="ABCDEFGH",
    )  # fmt: skip
    session.add(campaign)
    session.flush()
    held = Voucher(
        campaign_id=campaign.id, code="RYE-7KQM-4T2X", state="assigned", is_free=False, customer_id=dina.id, assigned_at=now, created_at=now
    )
    session.add_all([held, Voucher(campaign_id=campaign.id, code="RYE-FREE", created_at=now)])
    session.add_all([PoolDelta(campaign_id=campaign.id, state=state, delta=1) for state in ("free", "assigned")])
    session.flush()
    return held


def test_the_page_shows_who_they_are_and_what_they_hold(ann: Browser, dina: Customer, coupon: Voucher) -> None:
    page = ann.get(page_of(dina)).text

    for words in (
        "Dina Okafor",
        "dina@okafor.example",
        "crm-48213",
        "15 %",
        "Autumn 15 %",
        "1 to use",
        "Offers",
        "Was added",
        "Gave Offers",
    ):
        assert words in page, words
    assert "RYE-7KQM-4T2X" not in page


def test_codes_are_masked_until_somebody_who_may_asks_and_that_is_kept(
    ann: Browser, bo: Browser, session: Session, dina: Customer, coupon: Voucher
) -> None:
    assert "RYE-7KQM-4T2X" not in bo.get(page_of(dina)).text
    assert bo.post(page_of(dina, "/reveal")).status_code == 403

    page = ann.post(page_of(dina, "/reveal")).text

    assert "RYE-7KQM-4T2X" in page
    assert "/q/" in page
    row = session.scalars(select(Audit).order_by(Audit.id.desc()).limit(1)).one()
    assert (row.command, row.actor_name, row.subject) == ("reveal codes", "Ann Weber", outside(Prefix.CUSTOMER, dina.id))


def test_a_code_is_given_by_hand_once_where_it_is_joined_once(ann: Browser, session: Session, eli: Customer, coupon: Voucher) -> None:
    campaign = outside(Prefix.CAMPAIGN, coupon.campaign_id)

    ann.post(page_of(eli, "/give"), data={"campaign": campaign})
    ann.post(page_of(eli, "/give"), data={"campaign": campaign})

    assert session.scalar(text("SELECT count(*) FROM publications")) == 1
    assert "They have a code of Autumn 15 % already." in ann.get(page_of(eli)).text


def test_a_message_to_one_customer_begins_in_the_wizard(ann: Browser, session: Session, dina: Customer) -> None:
    response = ann.post(page_of(dina, "/message"))

    draft = session.scalars(select(Distribution)).one()
    assert (draft.spec["trigger"], draft.spec["audience"], draft.spec["customer_id"]) == ("manual", "customer", str(dina.id))
    assert response.headers["Location"].endswith("/action")
    assert ann.get(response.headers["Location"]).status_code == 200


def test_a_permission_is_given_and_withdrawn_on_the_page(ann: Browser, bo: Browser, eli: Customer, offers: Permission) -> None:
    data = {"permission": outside(Prefix.PERMISSION, offers.id), "given": "yes"}
    assert bo.post(page_of(eli, "/permissions"), data=data).status_code == 403

    assert ann.post(page_of(eli, "/permissions"), data=data).status_code == 303
    assert 'aria-label="Withdraw Offers"' in ann.get(page_of(eli)).text
    ann.post(page_of(eli, "/permissions"), data=data | {"given": "no"})

    page = ann.get(page_of(eli, "?show=permissions")).text
    assert "Withdrew Offers" in page
    assert "Was added" not in page


def test_a_no_is_lifted_only_with_a_typed_reason(ann: Browser, session: Session, eli: Customer, offers: Permission) -> None:
    data = {"permission": f"perm_{offers.id.hex}", "given": "yes"}
    ann.post(page_of(eli, "/permissions"), data=data | {"given": "no"})

    refused = ann.post(page_of(eli, "/permissions"), data=data)

    assert refused.status_code == 422
    assert "Write how you know that they want it again." in refused.text
    assert ann.post(page_of(eli, "/permissions"), data=data | {"how": "He called"}).status_code == 303
    assert "He called" in ann.get(page_of(eli)).text


def test_the_timeline_goes_on_where_it_ended(ann: Browser, session: Session, dina: Customer) -> None:
    for n in range(25):
        edit.edit(session, ANN, dina.id, customer_input.read(session, {"city": f"City {n}"}))

    page = ann.get(page_of(dina)).text
    earlier = re.search(r'hx-get="([^"]+before=[^"]+)"', page)

    assert "City became City 24" in page
    assert earlier is not None
    rest = ann.htmx(earlier[1].replace("&amp;", "&")).text
    assert "City became City 0" in rest
    assert "City became City 24" not in rest
    assert "<html" not in rest
    assert "City became City 0" in ann.get(earlier[1].replace("&amp;", "&")).text


def test_a_suppressed_address_is_said_on_the_page(ann: Browser, session: Session, dina: Customer) -> None:
    suppressions.suppress(session, "email", dina.email, "bounced", "SendGrid")

    assert "This e-mail address is never written to" in ann.get(page_of(dina)).text


def test_everything_held_is_handed_over(ann: Browser, bo: Browser, dina: Customer, coupon: Voucher) -> None:
    held = json.loads(ann.get(page_of(dina, ".json")).text)

    assert held["email"] == "dina@okafor.example"
    assert held["vouchers"][0]["code"] == "RYE-7KQM-4T2X"
    assert bo.get(page_of(dina, ".json")).status_code == 403


def test_erasing_wants_the_word_typed(ann: Browser, bo: Browser, session: Session, dina: Customer, coupon: Voucher) -> None:
    assert bo.post(page_of(dina, "/erase"), data={"typed": "erase"}).status_code == 403
    wrong = ann.post(page_of(dina, "/erase"), data={"typed": "Dina"})
    assert wrong.status_code == 422
    assert "type the word erase" in wrong.text

    assert ann.post(page_of(dina, "/erase"), data={"typed": " Erase"}).status_code == 303

    session.expire_all()
    assert dina.email == ""
    page = ann.get(page_of(dina)).text
    assert "Erased customer" in page
    assert "okafor" not in page.lower()


def test_why_leads_to_the_explanation(ann: Browser, dina: Customer) -> None:
    distribution = "distr_" + "0" * 32

    response = ann.get(page_of(dina, f"/why?distribution={distribution}"))

    assert response.headers["Location"] == f"/distributions/{distribution}/why?customer={outside(Prefix.CUSTOMER, dina.id)}"


def test_a_customer_that_is_not_there_is_not_there(ann: Browser) -> None:
    assert ann.get(f"/customers/cust_{'0' * 32}").status_code == 404
    assert ann.get("/customers/nonsense").status_code == 404


def test_the_form_shows_in_grey_what_an_empty_name_is_made_of(ann: Browser, add: Callable[..., Customer]) -> None:
    ana = add(first_name="Ana María", last_name="de la <b>Cruz</b>")

    form = ann.get(page_of(ana, "/edit")).text

    assert re.search(r'<input[^>]* name="name"[^>]* placeholder="Ana María de la &lt;b&gt;Cruz&lt;/b&gt;"[^>]* value=""', form)
    assert re.search(r'<input[^>]* name="first_name"[^>]* value="Ana María"', form)
    assert "<h1>Ana María de la &lt;b&gt;Cruz&lt;/b&gt;</h1>" in ann.get(page_of(ana)).text


def test_facts_of_the_address_are_one_line_of_the_profile(ann: Browser, add: Callable[..., Customer]) -> None:
    dina = add(name="Dina", line1="12 Mill Lane", postal_code="BS1 4DJ", city="Bristol", country="GB")
    eli = add(name="Eli", line1="1 High Street", city="Bath", region="Somerset")
    finn = add(name="Finn", postal_code="1000", country="BE")

    assert "<dt>Address</dt><dd>12 Mill Lane, BS1 4DJ Bristol, GB</dd>" in ann.get(page_of(dina)).text
    assert "<dt>Address</dt><dd>1 High Street, Bath, Somerset</dd>" in ann.get(page_of(eli)).text
    assert "<dt>Address</dt><dd>1000, BE</dd>" in ann.get(page_of(finn)).text


def test_the_import_page_says_what_every_fact_is_called(ann: Browser) -> None:
    page = ann.get("/customers/imports").text

    assert "<code>{{ customer.first_name }}</code>" in page
    assert "<code>address.line_1</code>" in page


def test_a_column_in_which_nobody_has_anything_is_not_shown(ann: Browser, session: Session) -> None:
    now = clock.now(session)
    session.add(Customer(typed_name="Only A. Name", created_at=now, updated_at=now))
    session.flush()

    heads = re.findall(r'<th scope="col"[^>]*>([^<]+)</th>', ann.get("/customers?q=Only").text)

    assert heads == ["Name", "Added"]
