"""Settings of permissions, the list of those never written to, and the pages behind links in messages."""

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.customers.consents import links, suppressions
from domain.customers.profiles import erase
from domain.kernel.addresses import address_hash
from domain.kernel.base import Prefix, outside
from domain.tables.customers import Consent, ConsentLog, Customer, Permission, Suppression
from domain.tables.workspace import Project
from tests.cast import ANN
from tests.webapp.conftest import Browser


def link(customer: Customer, permission: Permission | None) -> str:
    return links.unsubscribe_url("", customer.id, permission.id if permission else None)


def given(session: Session, customer: Customer, permission: Permission) -> bool:
    session.expire_all()
    return session.get_one(Consent, (customer.id, permission.id)).given


def test_a_permission_is_made_changed_and_kept_while_it_is_proof(
    ada: Browser, ann: Browser, session: Session, dina: Customer, offers: Permission
) -> None:
    assert ann.get("/settings/permissions/new").status_code == 403
    wrong = ada.post("/settings/permissions/new", data={"name": "Offers"})
    assert wrong.status_code == 422
    assert "There is a permission “Offers” already" in wrong.text

    made = {"name": "News", "purpose": "Once a month", "channels": ["email", "sms"], "wording": "News, please."}
    assert ada.post("/settings/permissions/new", data=made).status_code == 303
    page = ann.get("/settings/permissions").text
    assert "News" in page
    assert "1 customer" in page

    address = f"/settings/permissions/{outside(Prefix.PERMISSION, offers.id)}"
    seen = re.search(r'name="row_version" type="hidden" value="(\d+)"', ada.get(address).text)
    assert seen is not None
    change = {"name": "Offers", "channels": "email", "wording": "New words.", "row_version": seen[1]}
    assert ada.post(address, data=change).status_code == 303
    assert ada.post(address, data=change).status_code == 409
    ada.post(f"{address}/delete")
    assert "proof of what they said" in ada.get(address).text


def test_an_address_is_put_on_the_list_found_and_taken_off(ann: Browser, bo: Browser, session: Session, dina: Customer) -> None:
    assert bo.post("/settings/permissions/never", data={"kind": "phone", "address": "07700 900123"}).status_code == 403
    assert "no e-mail address" in ann.post("/settings/permissions/never", data={"kind": "email", "address": "dina"}).text

    ann.post("/settings/permissions/never", data={"kind": "phone", "address": "07700 900123", "why": "asked us"})

    page = ann.get("/settings/permissions/never?address=%2B447700900123").text
    assert "Dina Okafor" in page
    assert "asked us" in page
    assert "No address fits" in ann.get("/settings/permissions/never?address=x").text
    allow = f"/settings/permissions/never/phone/{address_hash('phone', dina.phone)}/allow"
    assert ann.post(allow, data={"why": ""}).status_code == 422
    assert ann.post(allow, data={"why": "a mistake"}).status_code == 303
    assert session.scalars(select(Suppression)).all() == []


def test_a_look_at_the_link_changes_nothing(client: Browser, session: Session, dina: Customer, offers: Permission) -> None:
    response = client.get(link(dina, offers))

    assert response.status_code == 200
    assert "Unsubscribe from “Offers”?" in response.text
    assert "d…@o….example" in response.text
    assert "dina@okafor" not in response.text
    assert (response.headers["Referrer-Policy"], response.headers["Cache-Control"]) == ("no-referrer", "no-store")
    assert given(session, dina, offers) is True


def test_one_click_is_enough_without_cookie_token_or_redirect(
    client: Browser, app: object, session: Session, dina: Customer, offers: Permission
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        response = client.post(link(dina, offers), data={"List-Unsubscribe": "One-Click"})
    finally:
        app.config["WTF_CSRF_ENABLED"] = False

    assert response.status_code == 200
    assert given(session, dina, offers) is False
    log = session.scalars(select(ConsentLog).where(ConsentLog.customer_id == dina.id).order_by(ConsentLog.id)).all()[-1]
    assert (log.given, log.how, log.by) == (False, "unsubscribe link", "The customer")
    assert client.post(link(dina, offers), data={"List-Unsubscribe": "One-Click"}).status_code == 200


def test_the_page_lets_customers_choose(client: Browser, session: Session, dina: Customer, offers: Permission) -> None:
    address = link(dina, offers)

    assert "You are unsubscribed" in client.post(address, data={"List-Unsubscribe": "One-Click", "page": "yes"}).text
    page = client.post(f"{address}/preferences", data={"permission": outside(Prefix.PERMISSION, offers.id)}).text
    assert "Saved" in page
    assert given(session, dina, offers) is True
    assert "Nothing more from Maple &amp; Rye" in client.post(f"{address}/preferences", data={"nothing": "yes"}).text
    assert given(session, dina, offers) is False
    assert [s.reason for s in suppressions.of_customer(session, dina)] == ["unsubscribed"]


def test_a_link_for_everything_stops_everything(client: Browser, session: Session, dina: Customer, offers: Permission) -> None:
    client.post(link(dina, None), data={"List-Unsubscribe": "One-Click"})

    assert given(session, dina, offers) is False
    assert suppressions.of_customer(session, dina)[0].kind == "email"


def test_a_link_nobody_made_is_told_in_words(client: Browser, project: Project) -> None:
    response = client.get("/u/nonsense")

    assert response.status_code == 404
    assert "This link is not complete" in response.text
    assert client.post("/u/nonsense").status_code == 404


def test_the_link_of_somebody_erased_still_answers(client: Browser, session: Session, dina: Customer, offers: Permission) -> None:
    address = link(dina, offers)
    erase.erase(session, ANN, dina.id)

    assert client.post(address, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert "You get no messages from Maple" in client.get(address).text
