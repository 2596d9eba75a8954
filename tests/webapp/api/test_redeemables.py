"""What a CRM is told a customer can redeem is what can be redeemed."""

import datetime
import uuid

from sqlalchemy.orm import Session

from domain.incentives.ledger.publish import publish
from domain.kernel import clock
from domain.tables.customers import Customer
from domain.tables.incentives import Voucher
from domain.workspace.api_keys.create import Made
from tests.webapp.api.given import a_campaign, headers
from tests.webapp.conftest import Browser


def give(session: Session, campaign_id: uuid.UUID, customer: Customer, **more: object) -> None:
    voucher = session.get_one(Voucher, publish(session, campaign_id, customer.id).voucher_id)
    for name, value in more.items():
        setattr(voucher, name, value)
    session.flush()


def codes(client: Browser, key: Made, query: str = "", who: str = "c1") -> list[tuple[str, str]]:
    answer = client.get(f"/v1/customers/{who}/redeemables?{query}", headers=headers(key))
    assert answer.status_code == 200, answer.json
    return [(row["redeemable"]["voucher"]["code"], row["redeemable"]["status"]) for row in answer.json["data"]]


def test_only_what_can_be_redeemed_is_listed(client: Browser, session: Session, key: Made, dina: Customer) -> None:
    now = clock.now(session)
    running, off = a_campaign(session, "Running", 3), a_campaign(session, "Off", 1)
    give(session, running.id, dina)
    give(session, running.id, dina, redeemed=1)
    give(session, running.id, dina, expires_at=now - datetime.timedelta(seconds=1))
    give(session, off.id, dina)
    off.active = False

    assert codes(client, key) == [("RUN-0", "ACTIVE")]
    assert sorted(codes(client, key, "status=ALL")) == [("OFF-0", "DISABLED"), ("RUN-0", "ACTIVE"), ("RUN-1", "USED"), ("RUN-2", "EXPIRED")]


def test_nobody_sees_what_others_hold_or_what_is_only_reserved(client: Browser, session: Session, key: Made, dina: Customer) -> None:
    now = clock.now(session)
    eli = Customer(source_id="c2", typed_name="Eli Marsh", created_at=now, updated_at=now)
    session.add(eli)
    session.flush()
    give(session, a_campaign(session).id, dina)

    assert codes(client, key, who="c2") == []
    assert client.get("/v1/customers/nobody/redeemables", headers=headers(key)).json["key"] == "not_found"


def test_the_list_comes_in_pages_and_can_be_filtered(client: Browser, session: Session, key: Made, dina: Customer) -> None:
    campaign = a_campaign(session, codes=3)
    for _ in range(3):
        give(session, campaign.id, dina)

    first = client.get("/v1/customers/c1/redeemables?limit=2", headers=headers(key)).json
    rest = client.get(f"/v1/customers/c1/redeemables?limit=2&starting_after_id={first['more_starting_after']}", headers=headers(key)).json

    assert (first["total"], first["has_more"], len(first["data"])) == (3, True, 2)
    assert (rest["has_more"], len(rest["data"])) == (False, 1)
    assert {row["id"] for row in first["data"]}.isdisjoint(row["id"] for row in rest["data"])
    assert [c for c, _ in codes(client, key, "filters[code][conditions][$is]=AUT-1")] == ["AUT-1"]
    assert codes(client, key, f"filters[campaign_id][conditions][$is]=camp_{campaign.id.hex}&order=created_at")[0][0] == "AUT-0"
