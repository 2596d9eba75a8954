"""The pages of campaigns, as Ann (who may) and Bo (who may only see) meet them."""

import io
import re
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from domain.incentives.ledger.assign import publish
from domain.journal import jobs
from domain.kernel.base import Prefix, outside
from domain.tables import workspace
from domain.tables.incentives import Campaign
from domain.tables.journal import Audit
from tests.domain.incentives.given import a_campaign, a_customer, one
from tests.scenes import Scene
from tests.webapp.conftest import Browser
from workers.queue.job_kinds import job_kind

FORM = {
    "name": "Autumn 15 %", "discount_type": "percent", "percent": "15", "currency": "EUR", "codes_from": "make", "prefix": "RYE-",
    "length": "8", "charset": "unambiguous", "count": "20", "join_once": "y", "redemption_limit": "1", "segment_id": "",
    "valid_days": "", "starts_on": "", "ends_on": "", "amount": "", "units": "", "unit_of": "", "postfix": "", "pattern": "", "details": "",
    "description": "",
}  # fmt: skip


def at(campaign: Campaign) -> str:
    return f"/campaigns/{outside(Prefix.CAMPAIGN, campaign.id)}"


def work(session: Session) -> None:
    for job in jobs.open_jobs(session):
        while jobs.advance(session, job, job_kind):
            pass


def words(response: TestResponse) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.text).split())


def made(session: Session) -> Campaign:
    return session.query(Campaign).one()


def test_an_empty_list_teaches_and_says_who_can(ann: Browser, bo: Browser) -> None:
    assert "Make the first campaign" in ann.get("/campaigns").text
    seen = bo.get("/campaigns").text
    assert "Make the first campaign" not in seen
    assert "Ann Weber can edit campaigns" in seen


def test_ann_makes_a_campaign_and_its_codes_appear(ann: Browser, session: Session) -> None:
    response = ann.post("/campaigns/new", data=FORM | {"details": "season: autumn\nyear: 2026"})

    campaign = made(session)
    assert response.status_code == 303
    assert response.location == at(campaign)
    assert campaign.discount == {"type": "percent", "percent": 15}
    assert campaign.pattern == "RYE-########"
    assert campaign.details == {"season": "autumn", "year": 2026}
    page = ann.get(response.location)
    assert "0 of 20 codes are made" in words(page)
    assert ann.get(f"{response.location}/making?seen=0").status_code == 204
    work(session)
    assert ann.get(f"{response.location}/making?seen=0").headers["HX-Refresh"] == "true"
    page = words(ann.get(response.location))
    assert "15 % off, one code per customer." in page
    assert page.count("••••") == 20
    assert "20 left" in words(ann.get("/campaigns"))


def test_who_is_told_when_few_codes_are_left_is_set_shown_changed_and_taken_out(ann: Browser, session: Session) -> None:
    scene = Scene(session)
    hook = scene.connection("Shop", "webhook", config={"url": "https://shop.example/hook"})
    told = {"alert_below": "5", "alert_addresses": "ann@maple.example, bo@maple.example", "alert_connection_id": str(hook.id)}
    page = ann.get(ann.post("/campaigns/new", data=FORM | told).location)

    said = "Below 5 codes ann@maple.example and 1 more get a mail, and a webhook is posted through “Shop”."
    assert said in words(page)
    assert "Mails wait: no connection for account mail is chosen" in words(page)
    campaign = made(session)
    form = ann.get(f"{at(campaign)}/edit").text
    assert "bo@maple.example" in form
    again = FORM | {"row_version": str(campaign.row_version), "alert_below": "7", "alert_addresses": "ann@maple.example"}
    assert "Below 7 codes ann@maple.example gets a mail." in words(ann.post(f"{at(campaign)}/edit", data=again, follow_redirects=True))
    session.refresh(campaign)
    page = ann.post(f"{at(campaign)}/edit", data=FORM | {"row_version": str(campaign.row_version)}, follow_redirects=True)
    assert "gets a mail" not in words(page)
    audited = [row.after["alert"] for row in session.query(Audit).filter_by(command="edit campaign").order_by(Audit.id) if row.after]
    assert audited == ["Below 7 codes ann@maple.example gets a mail.", ""]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"alert_below": "0", "alert_addresses": "ann@maple.example"}, "from 1 on"),
        ({"alert_below": "5"}, "Say who is told"),
        ({"alert_below": "5", "alert_addresses": "nobody"}, "nobody"),
        ({"alert_below": "5", "alert_addresses": "\n".join(f"p{n}@maple.example" for n in range(21))}, "at most 20"),
        ({"alert_below": "5", "alert_connection_id": "01a21db1-4b75-70e7-9f61-3fb0a3b57939"}, "Not a valid choice|cannot post"),
        ({"alert_below": "many", "alert_addresses": "ann@maple.example"}, "number"),
    ],
)
def test_who_cannot_be_told_is_named_with_the_remedy(ann: Browser, session: Session, typed: dict[str, str], says: str) -> None:
    answer = ann.post("/campaigns/new", data=FORM | typed)

    assert answer.status_code == 422
    assert re.search(says, words(answer))
    assert session.query(Campaign).count() == 0


def test_a_wrong_form_comes_back_with_what_was_typed_and_the_remedy(ann: Browser, session: Session) -> None:
    wrong = FORM | {"name": "", "percent": "a lot", "length": "2", "valid_days": "ten", "details": "nonsense"}

    response = ann.htmx("/campaigns/new", wrong)

    assert response.status_code == 422
    assert 'value="a lot"' in response.text
    seen = words(response)
    for sentence in ("Give the campaign a name", "“a lot” is not a number", "“nonsense” has no value", "Write a whole number."):
        assert sentence in seen
    assert "For 20 codes at least 3 random characters are needed" in seen
    assert session.query(Campaign).count() == 0


def test_examples_are_drawn_while_the_look_is_typed_and_without_scripts_on_asking(ann: Browser) -> None:
    block = ann.htmx("/campaigns/look", FORM)
    assert len(re.findall(r"RYE-[A-Z2-9]{8}", block.text)) == 3
    assert "<html" not in block.text
    assert "13 random characters" in words(ann.htmx("/campaigns/look", FORM | {"charset": "digits", "count": "10"}))
    assert (
        len(
            re.findall(
                r"BUN-[0-9]{6}-X",
                ann.post("/campaigns/new", data=FORM | {"do": "look", "pattern": "BUN-######-X", "charset": "digits"}).text,
            )
        )
        == 3
    )


@pytest.mark.parametrize(
    ("fields", "worth"),
    [
        ({"discount_type": "amount", "amount": "5,50"}, {"type": "amount", "minor": 550}),
        ({"discount_type": "fixed", "amount": "4.50"}, {"type": "fixed", "minor": 450}),
        ({"discount_type": "unit", "units": "2", "unit_of": "coffee"}, {"type": "unit", "units": 2, "of": "coffee"}),
    ],
)
def test_every_kind_of_worth_can_be_made_and_edited(ann: Browser, session: Session, fields: dict[str, str], worth: dict[str, Any]) -> None:
    ann.post("/campaigns/new", data=FORM | fields | {"count": "0"})
    campaign = made(session)
    assert campaign.discount == worth

    page = ann.get(f"{at(campaign)}/edit").text
    for name, value in fields.items():
        assert f'value="{value.replace(",", ".")}"' in page, name


def test_dates_are_days_of_the_project_and_the_last_one_is_included(ann: Browser, session: Session) -> None:
    workspace.current_project(session).zone = "Europe/Berlin"

    ann.post("/campaigns/new", data=FORM | {"count": "0", "starts_on": "2026-12-01", "ends_on": "2026-12-31"})

    campaign = made(session)
    ends = [at and at.isoformat() for at in (campaign.starts_at, campaign.ends_at)]
    assert ends == ["2026-11-30T23:00:00+00:00", "2026-12-31T23:00:00+00:00"]
    assert "from 1 Dec 2026 until 31 Dec 2026" in words(ann.get(at(campaign)))
    page = ann.get(f"{at(campaign)}/edit").text
    assert 'value="2026-12-31"' in page


def test_after_codes_were_given_the_form_says_what_stays_and_keeps_it(ann: Browser, session: Session) -> None:
    campaign = a_campaign(session, codes=3, name="Autumn")
    publish(session, campaign.id, a_customer(session).id)

    page = words(ann.get(f"{at(campaign)}/edit"))
    response = ann.post(f"{at(campaign)}/edit", data=FORM | {"name": "Winter", "percent": "50", "row_version": "1"})

    assert "Codes were given already." in page
    assert "3 codes exist already." in page
    assert response.status_code == 303
    assert (campaign.name, campaign.discount, campaign.pattern) == ("Winter", {"type": "percent", "percent": 15}, "AUTUMN-########")


def test_who_saves_second_is_told(ann: Browser, session: Session) -> None:
    campaign = a_campaign(session, row_version=2, updated_by="Bo Lund")

    response = ann.post(f"{at(campaign)}/edit", data=FORM | {"row_version": "1"})

    assert response.status_code == 409
    assert "Bo Lund changed" in response.text


def test_a_campaign_is_switched_off_and_deleted(ann: Browser, session: Session) -> None:
    campaign = a_campaign(session, codes=3)

    ann.post(f"{at(campaign)}/switch", data={"on": ""})
    assert "No code of this campaign can be used" in ann.get(at(campaign)).text
    ann.post(f"{at(campaign)}/delete")

    assert session.query(Campaign).count() == 0
    assert ann.get(at(campaign)).status_code == 404


def test_more_codes_are_added_or_refused_in_words(ann: Browser, session: Session) -> None:
    campaign = a_campaign(session, codes=1, pattern="A-####", charset="0123456789")

    assert "at least 7 random characters" in words(ann.htmx(f"{at(campaign)}/add", {"count": "5000"}))
    assert ann.post(f"{at(campaign)}/add", data={"count": "5"}).status_code == 303
    work(session)

    assert one(session, "SELECT count(*) FROM vouchers") == 6


def test_codes_are_found_by_the_address_of_the_page(ann: Browser, session: Session) -> None:
    campaign = a_campaign(session, codes=120, name="Autumn")
    given = publish(session, campaign.id, a_customer(session, typed_name="Dina Okafor").id)
    here = at(campaign)

    first = ann.get(here)
    assert words(first).count("••••") == 50
    older = re.search(r'href="([^"]*after=[^"]*)"', first.text)
    assert older
    assert words(ann.get(older[1].replace("&amp;", "&"))).count("••••") == 50
    assert words(ann.get(f"{here}?text={given.code.lower()}")).count("••••") == 1
    assert "Dina Okafor" in ann.htmx(f"{here}?text=dina&state=given").text
    assert "No code fits." in ann.get(f"{here}?state=void").text


def test_a_code_is_shown_only_to_who_may_and_that_is_written_down(ann: Browser, bo: Browser, session: Session) -> None:
    campaign = a_campaign(session, codes=1)
    given = publish(session, campaign.id, a_customer(session, typed_name="Dina Okafor").id, "order-7")
    here = f"{at(campaign)}/codes/{outside(Prefix.VOUCHER, given.voucher_id)}"

    assert given.code not in bo.get(here).text
    assert given.code not in ann.get(here).text
    assert bo.post(f"{here}/reveal").status_code == 403
    assert one(session, "SELECT count(*) FROM audit") == 0
    shown = ann.htmx(f"{here}/reveal", {})

    assert given.code in shown.text
    assert one(session, "SELECT actor_name FROM audit WHERE command = 'reveal code'") == "Ann Weber"
    page = words(ann.get(here))
    assert "A code of Dina Okafor" in page
    assert "order-7" in page


def test_a_free_code_is_withdrawn_and_a_given_one_is_not(ann: Browser, session: Session) -> None:
    campaign = a_campaign(session, codes=2)
    given = publish(session, campaign.id, a_customer(session).id).voucher_id
    free = session.scalars(text("SELECT id FROM vouchers WHERE is_free")).one()

    for voucher in (given, free):
        ann.post(f"{at(campaign)}/codes/{outside(Prefix.VOUCHER, voucher)}/withdraw", data={"reason": "leaflet"})

    assert sorted(session.scalars(text("SELECT state FROM vouchers"))) == ["assigned", "void"]
    assert "leaflet" in ann.get(f"{at(campaign)}/codes/{outside(Prefix.VOUCHER, free)}").text


def test_a_list_is_imported_and_its_report_downloaded(ann: Browser, bo: Browser, session: Session) -> None:
    campaign = a_campaign(session, pattern="", charset="")
    file = (io.BytesIO(b"code\nA-1\nA-1\nB 2\n"), "codes.csv")

    response = ann.post(f"{at(campaign)}/import", data={"file": file}, content_type="multipart/form-data")
    assert "Read so far" in ann.get(response.location).text
    work(session)

    page = words(ann.get(response.location))
    assert "The same code stands in line 2." in page
    assert "B 2" not in words(bo.get(response.location)).replace("•", "")
    report = ann.get(f"{response.location}/remarks.csv").text
    assert "4,B 2,yes,Has characters that codes cannot have: a space." in report
    assert one(session, "SELECT count(*) FROM vouchers") == 1
    assert "codes.csv" in ann.get(at(campaign)).text


def test_nothing_pasted_is_refused_in_words_and_used_codes_are_taken_in(ann: Browser, session: Session) -> None:
    campaign = a_campaign(session, codes=1)
    code = publish(session, campaign.id, a_customer(session).id)

    assert "There is nothing in it." in words(ann.htmx(f"{at(campaign)}/import-used", {"pasted": ""}))
    response = ann.post(f"{at(campaign)}/import-used", data={"pasted": f"{code.code},2026-11-01 12:00,18.40"})
    work(session)

    assert "Every line was taken." in ann.get(response.location).text
    assert "€18.40" in ann.get(f"{at(campaign)}/codes/{outside(Prefix.VOUCHER, code.voucher_id)}").text


def test_the_pool_is_exported_by_who_may_see_codes(ann: Browser, bo: Browser, session: Session) -> None:
    workspace.current_project(session)
    campaign = a_campaign(session, codes=3, name="Autumn 15 %")
    code = publish(session, campaign.id, a_customer(session, typed_name="=Dina").id).code

    response = ann.post(f"{at(campaign)}/codes.csv", data={"state": "given"})

    assert bo.post(f"{at(campaign)}/codes.csv").status_code == 403
    assert "autumn-15" in response.headers["Content-Disposition"]
    lines = response.text.splitlines()
    assert len(lines) == 2
    assert lines[1].startswith(code)
    assert "'=Dina" in lines[1]
    assert one(session, "SELECT command FROM audit") == "export codes"


def test_a_large_pool_becomes_a_file_that_only_those_take_who_may_see_codes(
    ann: Browser, bo: Browser, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.incentives.pool_files.write.AT_ONCE", 2)
    campaign = a_campaign(session, codes=3)

    response = ann.post(f"{at(campaign)}/codes.csv")
    assert "0 of 3 are written" in words(ann.get(response.location))
    work(session)
    file = re.search(r'href="([^"]+/exports/[^"]+)"', ann.get(f"{at(campaign)}/exports").text)

    assert file is not None
    taken = ann.get(file[1])
    assert len(taken.text.splitlines()) == 4
    assert taken.headers["Cache-Control"] == "no-store"
    assert (bo.get(file[1]).status_code, bo.get(f"{at(campaign)}/exports").status_code) == (403, 403)
    assert "Files of codes" not in bo.get(at(campaign)).text
    assert one(session, "SELECT count(*) FROM audit WHERE command = 'export codes'") == 2


def test_promotions_are_made_ordered_switched_and_deleted(ann: Browser, session: Session) -> None:
    response = ann.post("/campaigns/new-promotion", data={"name": "Bread week", "currency": "EUR"})
    campaign = made(session)
    assert response.location == f"{at(campaign)}/promotions/new"
    for name in ("Loaf", "Rye"):
        ann.post(response.location, data={"name": name, "banner": "Come!", "discount_type": "percent", "percent": "10", "segment_id": ""})
    found = session.scalars(text("SELECT id FROM promotion_tiers ORDER BY position"))
    loaf, rye = (outside(Prefix.TIER, id) for id in found)
    here = f"{at(campaign)}/promotions"

    assert "already" in words(ann.htmx(f"{here}/new", {"name": "rye", "discount_type": "percent", "percent": "5", "segment_id": ""}))
    ann.post(f"{here}/{rye}/move", data={"to": "up"})
    ann.post(f"{here}/{loaf}/switch", data={"on": ""})
    edit = {"name": "Rye bread", "discount_type": "amount", "amount": "2", "segment_id": "", "row_version": "1"}
    ann.post(f"{here}/{rye}", data=edit)
    page = words(ann.get(at(campaign)))

    assert page.index("Rye bread") < page.index("Loaf")
    assert "€2 off" in page
    assert session.scalars(text("SELECT active FROM promotion_tiers ORDER BY position")).all() == [True, False]
    ann.post(f"{here}/{loaf}/delete")
    ann.post(f"{at(campaign)}/edit", data={"name": "Oat week", "row_version": "1"})
    assert "1 promotion" in words(ann.get("/campaigns?kind=promotion"))
    assert "Oat week" in words(ann.get(at(campaign)))


def test_bo_sees_and_may_change_nothing(bo: Browser, session: Session) -> None:
    campaign = a_campaign(session, codes=2, name="Autumn")
    here = at(campaign)

    page = bo.get(here)
    assert "Add codes" not in page.text
    assert "Export" not in page.text
    assert bo.get("/campaigns").status_code == 200
    for address in ("/campaigns/new", f"{here}/edit", f"{here}/add", f"{here}/import", "/campaigns/new-promotion"):
        assert bo.get(address).status_code == 403
    for address in (f"{here}/switch", f"{here}/delete"):
        assert bo.post(address).status_code == 403
