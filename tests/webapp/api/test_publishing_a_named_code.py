"""A code that is named belongs to whoever it is published to first, for ever; the same question is answered the same way."""

import threading
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.incentives.codes.pool import pool
from domain.incentives.ledger import check as ledger
from domain.incentives.ledger.publish import NotPublished, publish
from domain.kernel.actor import SYSTEM
from domain.tables.customers import Customer
from domain.tables.incentives import Campaign, Voucher
from domain.workspace.api_keys.create import Made, make
from tests.domain.incentives.given import a_campaign as committed_campaign
from tests.domain.incentives.given import a_customer, recipients
from tests.webapp.api.given import a_campaign, headers
from tests.webapp.conftest import Browser


@pytest.fixture
def campaign(session: Session) -> Campaign:
    return a_campaign(session)


@pytest.fixture
def eli(session: Session) -> Customer:
    return a_customer(session, source_id="c2", typed_name="Eli Marsh")


def codes(session: Session, campaign: Campaign) -> list[Voucher]:
    return list(session.scalars(select(Voucher).where(Voucher.campaign_id == campaign.id).order_by(Voucher.id)))


def ask(client: Browser, key: Made, code: str, customer: str = "c1", **more: Any) -> Any:
    return client.post("/v1/publications", json={"voucher": code, "customer": customer, **more}, headers=headers(key))


def test_it_is_given_without_a_campaign_and_again_to_the_same_customer(
    client: Browser, session: Session, key: Made, dina: Customer, campaign: Campaign
) -> None:
    last = codes(session, campaign)[-1].code

    first, again = ask(client, key, last.lower()), ask(client, key, last)

    assert (first.status_code, first.json["voucher"]["code"], first.json["result"]) == (200, last, "SUCCESS")
    assert first.json == again.json
    assert pool(session, campaign.id).assigned == 1


def test_what_belongs_to_another_customer_or_waits_for_one_is_refused(
    client: Browser, session: Session, key: Made, dina: Customer, eli: Customer, campaign: Campaign
) -> None:
    theirs, held, *_ = codes(session, campaign)
    ask(client, key, theirs.code, "c2")
    (recipient,) = recipients(session, [eli.id])
    held.state, held.is_free, held.customer_id, held.recipient_id = "reserved", False, eli.id, recipient.recipient_id
    session.flush()

    for code in (theirs.code, held.code):
        refused = ask(client, key, code)
        assert (refused.status_code, refused.json["key"], refused.json["resource_id"]) == (400, "voucher_already_published", code)
    assert ask(client, key, held.code, "c2").status_code == 200


def test_a_campaign_named_beside_it_does_not_change_which_code_is_given(
    client: Browser, session: Session, key: Made, dina: Customer, campaign: Campaign
) -> None:
    a_campaign(session, "Winter")
    last = codes(session, campaign)[-1].code

    assert ask(client, key, last, campaign="Winter").json["voucher"]["code"] == last


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"state": "void", "is_free": False, "void_reason": "lost"}, "voucher_cannot_be_published"),
        ({}, "no_voucher_suitable_for_publication"),
    ],
    ids=["withdrawn", "switched off"],
)
def test_what_cannot_be_given_is_refused_by_name(
    client: Browser, session: Session, key: Made, dina: Customer, campaign: Campaign, change: dict[str, Any], reason: str
) -> None:
    code = codes(session, campaign)[0]
    for name, value in change.items():
        setattr(code, name, value)
    campaign.active = bool(change)
    session.flush()

    assert ask(client, key, code.code).json["key"] == reason


def test_one_source_id_stands_for_one_code(client: Browser, session: Session, key: Made, dina: Customer, campaign: Campaign) -> None:
    first, second, *_ = codes(session, campaign)

    assert ask(client, key, first.code, source_id="s").status_code == 200
    assert ask(client, key, first.code, source_id="s").status_code == 200
    assert ask(client, key, second.code, source_id="s").json["key"] == "duplicate_source_id"


@pytest.mark.parametrize("by", ["campaign", "call"])
def test_who_may_have_one_code_gets_no_second_one(
    client: Browser, session: Session, key: Made, dina: Customer, campaign: Campaign, by: str
) -> None:
    campaign.join_once = by == "campaign"
    session.flush()
    more = {} if by == "campaign" else {"join_once": True}
    first, second, *_ = codes(session, campaign)

    assert ask(client, key, first.code, **more).status_code == 200
    assert ask(client, key, first.code, **more).status_code == 200
    assert ask(client, key, second.code, **more).json["key"] == "voucher_cannot_be_published"


def test_an_unknown_code_and_one_the_key_does_not_see_are_the_same_404(
    client: Browser, session: Session, dina: Customer, campaign: Campaign
) -> None:
    bound = make(session, SYSTEM, "bound", campaigns=[a_campaign(session, "Winter").id])

    for code in ("nope", codes(session, campaign)[0].code):
        refused = ask(client, bound, code)
        assert (refused.status_code, refused.json["key"], refused.json["resource_type"]) == (404, "not_found", "voucher")


def test_a_get_may_be_repeated_because_it_names_its_code(client: Browser, session: Session, dina: Customer, campaign: Campaign) -> None:
    feed = make(session, SYSTEM, "feed", platform="iterable")
    code = codes(session, campaign)[0].code

    answers = [client.get(f"/v1/publications/create?voucher={code}&customer=c1", headers=headers(feed)) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json == answers[1].json


def test_two_customers_who_want_it_at_once_get_it_once(committed: Engine) -> None:
    with Session(committed) as session:
        campaign = committed_campaign(session, codes=1)
        people = [a_customer(session, source_id=name).id for name in "abcd"]
        campaign_id, voucher_id = campaign.id, codes(session, campaign)[0].id
        session.commit()
    together = threading.Barrier(len(people))
    told: list[str] = []

    def want(person: Any) -> None:
        with Session(committed) as session:
            together.wait()
            try:
                publish(session, campaign_id, person, voucher_id=voucher_id)
                session.commit()
                told.append("given")
            except NotPublished as why:
                told.append(why.reason)

    threads = [threading.Thread(target=want, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(told) == ["given", "taken", "taken", "taken"]
    with Session(committed) as session:
        assert ledger.check(session) == []
