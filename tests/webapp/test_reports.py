"""The report, the deliveries and the explanation, as people see them."""

import datetime
import re
import uuid

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.connections import breaker, budget
from domain.kernel import clock
from domain.kernel.base import Prefix, outside
from domain.sending.calls import dispatch, record
from domain.sending.calls.provider_call import CallResult
from domain.sending.prepare import decide, store
from domain.sending.receipts import apply as receipts
from domain.sending.recipients import from_audience
from domain.tables.connections import Connection
from domain.tables.distributions import Distribution
from integrations.contract import Fate, Happened, Outcome, Receipt
from tests.sending import a_segment, codes_to_segment, customers_of

FATES = (Fate.ACCEPTED, Fate.ACCEPTED, Fate.REFUSED, Fate.UNSURE)


@pytest.fixture
def sent(session: Session) -> Distribution:
    """Six people: two accepted, one refused, one unsure, one without an address, one not looked at yet."""
    distribution = codes_to_segment(session, people=6)
    from_audience.make_page(session, distribution.id)
    last = session.scalars(text("SELECT customer_id FROM recipients ORDER BY id")).all()
    session.execute(text("UPDATE customers SET email = '', email_hash = '' WHERE id = :id"), {"id": last[4]})
    session.execute(text("UPDATE customers SET typed_name = 'Dina Okafor' WHERE id = :id"), {"id": last[0]})
    (claimed,) = decide.claim(session, distribution.id, "bulk", decide.FIRST, 5)
    (lease,) = store.store_decisions(session, claimed, decide.decide(session, claimed), "bulk", at_once=True)
    call = dispatch.call_of(session, claimed.recipe, lease.way, lease.id, sorted(lease.items, key=lambda item: item.recipient_id))
    said = {
        item.id: Outcome(outside(Prefix.DELIVERY, item.id), fate, "" if fate is Fate.ACCEPTED else "550 no such user")
        for item, fate in zip(call.items, FATES, strict=True)
    }
    record.record(session, call, CallResult(said))
    return distribution


def url(row: Distribution, rest: str = "") -> str:
    return f"/distributions/{outside(Prefix.DISTRIBUTION, row.id)}{rest}"


def test_the_report_says_how_many_and_why_not(ann: FlaskClient, sent: Distribution) -> None:
    page = ann.get(url(sent)).text

    assert "<b>2</b> of 5 sent, 1 unsure" in page
    assert "550 no such user" in page
    assert "No email" in page
    assert "Retry this one" in page


def test_a_run_whose_only_message_bounced_is_counted_alike_in_every_place(ann: FlaskClient, session: Session) -> None:
    row = codes_to_segment(session, people=2)
    from_audience.make_page(session, row.id)
    session.execute(
        text("UPDATE customers SET email = '', email_hash = '' WHERE id = (SELECT min(customer_id::text)::uuid FROM recipients)")
    )
    (claimed,) = decide.claim(session, row.id, "bulk", decide.FIRST, 5)
    (lease,) = store.store_decisions(session, claimed, decide.decide(session, claimed), "bulk", at_once=True)
    (item,) = lease.items
    message = outside(Prefix.DELIVERY, item.id)
    call = dispatch.call_of(session, claimed.recipe, lease.way, lease.id, [item])
    record.record(session, call, CallResult({item.id: Outcome(message, Fate.ACCEPTED)}))
    connection = session.get_one(Connection, lease.way.connection_id)
    assert not receipts.apply(session, connection, [Receipt(Happened.BOUNCED, message_id=message, reason="550 no such user")])

    def says(path: str) -> str:
        return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", ann.get(path).text))

    assert "1 of 1 done" in says("/distributions")
    assert "now, 1 of 1" in says("/")
    session.execute(text("UPDATE distributions SET status = 'done'"))
    for path in (url(row), url(row, "/report?seen=another")):
        assert "1 of 1 sent, 1 left out Done Accepted 0 Bounced 1 Refused 0 Waiting 0" in says(path)
        assert "1 550 no such user" in says(path)
        assert "In audience 2 Allowed 1 50 % Sent 1 100 %" in says(path)
    assert "1 sent · 1 bounced · 1 left out" in says("/distributions")
    home = says("/")
    assert "Messages sent 1 " in home
    assert "Refused or bounced 1 " in home
    for state, count in {"accepted": 0, "delivered": 0, "refused": 0, "bounced": 1, "skipped": 1}.items():
        assert ann.get(url(row, f"/deliveries?state={state}")).text.count('class="btn btn--plain btn--s"') == count, state
    profile = says(f"/customers/{outside(Prefix.CUSTOMER, item.customer_id)}")
    assert f"Was sent, and it came back: {row.name}" in profile
    why = says(url(row, f"/why?customer={outside(Prefix.CUSTOMER, item.customer_id)}"))
    assert "did not get it" in why
    assert "It was sent, and came back: 550 no such user." in why


def test_polling_answers_204_until_a_number_changes(ann: FlaskClient, sent: Distribution, session: Session) -> None:
    page = ann.get(url(sent)).text
    again = re.search(r'hx-get="([^"]*/report\?seen=[^"]*)"', page)
    assert again is not None

    assert ann.htmx(again[1].replace("&amp;", "&")).status_code == 204
    session.execute(
        text("INSERT INTO tally_deltas (distribution_id, channel, state, reason, minute, delta) VALUES (:id, '', 'served', '', now(), 1)"),
        {"id": sent.id},
    )

    assert ann.htmx(again[1].replace("&amp;", "&")).status_code == 200


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 5),
        ("?state=refused", 1),
        ("?state=skipped", 1),
        ("?state=skipped&reason=no_email", 1),
        ("?q=dina+ok", 1),
        ("?q=nobody", 0),
        ("?channel=c1", 5),
    ],
)
def test_the_filter_of_the_url_is_the_filter_of_list_and_file(ann: FlaskClient, sent: Distribution, query: str, count: int) -> None:
    page = ann.get(url(sent, f"/deliveries{query}")).text
    file = ann.get(url(sent, f"/deliveries.csv{query}")).text

    assert page.count('class="name"') == count
    assert len(file.splitlines()) == count + 1


def test_a_delivery_is_found_by_its_code(ann: FlaskClient, sent: Distribution, session: Session) -> None:
    code = session.scalars(text("SELECT code FROM vouchers WHERE state = 'assigned' LIMIT 1")).one()

    page = ann.get(url(sent, f"/deliveries?q={code.lower()}")).text

    assert code in page
    assert page.count('class="name"') == 1


def test_one_delivery_shows_its_timeline_and_the_exact_message(
    ann: FlaskClient, bo: FlaskClient, sent: Distribution, session: Session
) -> None:
    id, code = session.execute(
        text(
            "SELECT d.id, v.code FROM deliveries d JOIN recipients r ON r.id = d.recipient_id"
            " JOIN vouchers v ON v.id = r.voucher_id WHERE d.state = 'accepted' LIMIT 1"
        )
    ).one()
    where = url(sent, f"/deliveries/{outside(Prefix.DELIVERY, id)}")

    page, mail = ann.get(where).text, ann.get(f"{where}/mail")

    assert "Accepted by the provider" in page
    assert code in page
    assert code in mail.text
    assert "sandbox" in mail.headers["Content-Security-Policy"]
    assert code not in bo.get(where).text
    assert code not in bo.get(f"{where}/mail").text
    assert code not in bo.get(url(sent, "/deliveries.csv")).text


def test_retrying_is_for_those_who_may_launch_and_sends_only_what_failed(
    ann: FlaskClient, bo: FlaskClient, sent: Distribution, session: Session
) -> None:
    form = {"state": "refused", "reason": "550 no such user"}
    assert bo.post(url(sent, "/retry"), data=form).status_code == 403

    assert ann.post(url(sent, "/retry"), data=form).status_code == 303

    states = dict(tuple(row) for row in session.execute(text("SELECT state, count(*) FROM deliveries GROUP BY 1")))
    assert states == {"accepted": 2, "pending": 1, "unsure": 1, "skipped": 1}


def test_why_gives_the_stored_reason_or_asks_anew(ann: FlaskClient, sent: Distribution, session: Session) -> None:
    ids = session.scalars(text("SELECT customer_id FROM recipients ORDER BY id")).all()

    def why(customer: uuid.UUID) -> str:
        return ann.get(url(sent, f"/why?customer={outside(Prefix.CUSTOMER, customer)}")).text

    assert "They got it." in why(ids[0])
    assert "They did not get it: 550 no such user." in why(ids[2])
    assert "nobody knows" in why(ids[3])
    assert "They were left out: no email." in why(ids[4])
    assert "It is on its way to them." in why(ids[5])
    (stranger,) = customers_of(session, a_segment(session, 1).id)
    assert "They did not get it: not in" in why(stranger)
    assert "Choose a customer" in ann.get(url(sent, "/why")).text
    assert "Dina Okafor" in ann.get(url(sent, "/why?q=dina")).text


def test_everybody_may_see_and_nobody_else(client: FlaskClient, bo: FlaskClient, sent: Distribution) -> None:
    for rest in ("", "/deliveries", "/why", "/deliveries.csv"):
        assert bo.get(url(sent, rest)).status_code == 200
        assert client.get(url(sent, rest)).status_code == 303
    assert bo.get(url(sent, f"/deliveries/{outside(Prefix.DELIVERY, uuid.uuid4())}")).status_code == 404


def test_a_distribution_says_which_connection_holds_it_until_when_and_why(ann: FlaskClient, sent: Distribution, session: Session) -> None:
    connection = session.scalars(text("SELECT id FROM connections")).one()
    breaker.went_well(session, connection, "email")
    session.execute(text("UPDATE distributions SET status = 'sending'"))
    budget.wait(session, connection, "email", clock.now(session) + datetime.timedelta(minutes=40), "The provider asks for a pause.")

    page = ann.get(url(sent)).text

    assert "waits until" in page
    assert "The provider asks for a pause." in page
    assert "Try now" in page
