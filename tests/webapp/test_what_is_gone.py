"""A module may be gone while rows still name it (an extension taken away, an older release): that breaks what names it, and no page.

One test a noun would forget the next one: every GET route is walked in a world in which one thing of each kind lost its module.
"""

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.incentives.ledger.publish import NotPublished, publish
from domain.kernel.actor import SYSTEM
from domain.kernel.base import Prefix, outside
from domain.sending.receipts.apply import apply
from domain.tables.connections import Connection
from domain.tables.incentives import Campaign
from domain.workspace.api_keys.create import make
from integrations.contract import Happened, Receipt
from tests.scenes import Scene
from tests.webapp import walk
from tests.webapp.api.given import headers
from tests.webapp.conftest import Browser
from workers.clock.tasks import TASKS, do
from workers.queue.actors import LOOKS
from workers.queue.by_name import function_of

PLAN = "UPDATE distribution_versions SET plan"
SPEC = "UPDATE distributions SET spec"
GONE = {
    "kind of a campaign": "UPDATE campaigns SET kind = 'moon'",
    "trigger": f"""{PLAN} = jsonb_set(plan, '{{trigger}}', '"moon"'); {SPEC} = jsonb_set(spec, '{{trigger}}', '"moon"')""",
    "action": f"""{PLAN} = jsonb_set(plan, '{{action}}', '"moon"'); {SPEC} = jsonb_set(spec, '{{action}}', '"moon"')""",
    "mode": f"""{PLAN} = jsonb_set(plan, '{{channels,0,mode}}', '"moon"')""",
    "provider": "UPDATE connections SET provider = 'moon'",
    "shape of a plan": f"""{PLAN} = '{{"schema": 9000}}'; {SPEC} = '{{"schema": 9000}}'""",
    "kind of event": "UPDATE distributions SET status = 'live', live = true, wakes_on = 'moon.rises', started_at = now()",
    "fact of a segment": """UPDATE segments SET kind = 'dynamic',
        condition = '{"fact": "customer.moon", "is": "is", "value": "full"}'""",
    "operator of a segment": """UPDATE segments SET kind = 'dynamic',
        condition = '{"fact": "customer.city", "is": "waxes", "value": "full"}'""",
    "reason to pause": "UPDATE distributions SET status = 'paused', pause_reason = 'moon'",
    "reason of a message": """UPDATE deliveries SET reason = 'moon';
        UPDATE recipients SET state = 'skipped', reason = 'moon'""",
    "kind of notice": "UPDATE notices SET kind = 'moon', subject = 'moon_1'",
}
"""What is gone -> the statements after which every row of the world names it."""


@pytest.fixture(params=GONE, ids=str)
def broken(request: pytest.FixtureRequest, session: Session) -> walk.World:
    found = walk.world(session)
    for statement in GONE[request.param].split(";"):
        session.execute(text(statement))
    session.commit()
    session.expire_all()
    return found


def test_every_page_still_answers(app: Flask, ada: Browser, broken: walk.World) -> None:
    answers = {path: ada.get(path) for path, _ in list(walk.addresses(app, broken))}

    assert {path: answer.status_code for path, answer in answers.items() if answer.status_code >= 500} == {}
    assert {answer.status_code for answer in answers.values()} >= {200}


def test_the_clock_and_the_workers_go_on(broken: walk.World, session: Session) -> None:
    for task in TASKS:
        do(session, task)
    for look in LOOKS.values():
        function_of(look)(session)


@pytest.mark.parametrize("path", ["/v1/publications", "/v1/customers/{customer}/redeemables"])
def test_the_api_still_answers(app: Flask, client: Browser, broken: walk.World, session: Session, path: str) -> None:
    key = make(session, SYSTEM, "Shop")

    assert client.get(path.format(customer=broken.ids["customer"][0]), headers=headers(key)).status_code == 200


def test_who_unsubscribes_is_heard_whatever_became_of_the_distribution(broken: walk.World, session: Session) -> None:
    mail = broken.deliveries[0]
    connection = session.get_one(Connection, mail.connection_id)

    unknown = apply(session, connection, [Receipt(Happened.UNSUBSCRIBED, message_id=outside(Prefix.DELIVERY, mail.id))])

    assert unknown == []
    said = text("SELECT EXISTS (SELECT FROM consents WHERE NOT given) OR EXISTS (SELECT FROM suppressions)")
    assert session.scalar(said)


def test_a_campaign_whose_kind_is_gone_says_so_and_stands_still(ada: Browser, session: Session) -> None:
    found = walk.world(session)
    session.execute(text(GONE["kind of a campaign"]))
    session.expire_all()
    campaign = session.get_one(Campaign, found.voucher.campaign_id)
    other = Scene(session).campaign("Winter", codes=1)
    camp = outside(Prefix.CAMPAIGN, campaign.id)
    said = "of a kind called “moon” that this installation does not have"

    assert said in ada.get(f"/campaigns/{camp}").text
    assert ada.get(f"/campaigns/{camp}/edit").status_code == 404
    assert "Winter" in ada.get("/campaigns").text
    assert "Install its module first" in ada.post(f"/campaigns/{camp}/delete", follow_redirects=True).text
    with pytest.raises(NotPublished, match=said):
        publish(session, campaign.id, found.customer.id)
    assert publish(session, other.id, found.customer.id).code
