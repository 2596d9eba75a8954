"""The ledger: every code is one customer's, for ever, or nobody's."""

import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.incentives.codes.pool import Pool, fold, pool
from domain.incentives.ledger import check as ledger
from domain.incentives.ledger.assign import NotPublished, assign, publish, release, reserve
from domain.kernel import clock
from domain.kernel.base import new_id
from domain.tables.customers import Segment
from tests.domain.incentives.given import a_campaign, finish, ids, one, recipients
from tests.sending import waits_for_codes_of


def test_every_recipient_of_a_batch_gets_a_code_of_its_own(session: Session) -> None:
    campaign, wanted = a_campaign(session, codes=10), recipients(session, 4)

    reserved = reserve(session, campaign.id, wanted)

    assert set(reserved.codes) == set(ids(wanted))
    assert len(set(reserved.codes.values())) == 4
    assert not reserved.dry
    assert pool(session, campaign.id) == Pool(free=6, reserved=4)
    assert ledger.check(session) == []


def test_a_recipient_asked_twice_keeps_its_code(session: Session) -> None:
    campaign, wanted = a_campaign(session, codes=10), recipients(session, 2)
    first = reserve(session, campaign.id, wanted)

    second = reserve(session, campaign.id, wanted)

    assert second.codes == first.codes
    assert pool(session, campaign.id).free == 8


def test_a_dry_pool_serves_the_first_and_says_so(session: Session) -> None:
    campaign, wanted = a_campaign(session, codes=2), recipients(session, 3)

    reserved = reserve(session, campaign.id, wanted)

    assert list(reserved.codes) == ids(wanted)[:2]
    assert reserved.dry
    assert reserved.why == "The pool has no free codes left."
    assert ledger.check(session) == []


def test_a_pool_that_grows_by_itself_makes_what_is_missing(session: Session) -> None:
    campaign, wanted = a_campaign(session, codes=2, auto_update=True), recipients(session, 5)

    reserved = reserve(session, campaign.id, wanted)

    assert len(reserved.codes) == 5
    assert not reserved.dry
    assert pool(session, campaign.id) == Pool(free=997, reserved=5)


def test_a_pool_does_not_grow_when_its_pattern_is_nearly_used_up(session: Session) -> None:
    campaign, wanted = a_campaign(session, auto_update=True, pattern="A-##", charset="0123456789"), recipients(session, 1)

    reserved = reserve(session, campaign.id, wanted)

    assert reserved.dry
    assert "A-## is nearly used up: it has 100 possible codes" in reserved.why


def test_a_campaign_that_ended_or_is_off_gives_nothing_more_but_takes_nothing_back(session: Session) -> None:
    campaign, wanted = a_campaign(session, codes=5), recipients(session, 2)
    first = reserve(session, campaign.id, wanted[:1])

    campaign.ends_at = clock.now(session)
    session.flush()
    ended = reserve(session, campaign.id, wanted)
    campaign.ends_at, campaign.active = None, False
    session.flush()
    off = reserve(session, campaign.id, wanted)

    assert ended.codes == off.codes == first.codes
    assert ended.why.endswith("has ended.")
    assert off.why.endswith("is switched off.")
    assert not off.dry


def test_an_assigned_code_has_a_publication_an_event_and_an_expiry(session: Session) -> None:
    campaign, distribution = a_campaign(session, codes=5, valid_days=30), new_id()
    wanted = recipients(session, 2, distribution, depth=1)
    reserved = reserve(session, campaign.id, wanted)
    now, holds = clock.now(session), {"fact": "voucher.held", "is": "more_than", "value": 0}
    session.add(
        Segment(name="Holders", name_key="holders", kind="dynamic", condition=holds, reads=["voucher"], created_at=now, updated_at=now)
    )
    waits_for_codes_of(session, campaign.id)

    assert assign(session, ids(wanted), distribution, "Automation") == 2

    rows = session.execute(text("SELECT * FROM publications ORDER BY id")).all()
    assert {(r.recipient_id, r.voucher_id) for r in rows} == set(reserved.codes.items())
    assert {(r.channel, r.distribution_id, r.campaign_id) for r in rows} == {("Automation", distribution, campaign.id)}
    events = session.execute(text("SELECT * FROM events WHERE kind = 'customer.publication.succeeded'")).all()
    assert {e.customer_id for e in events} == {w.customer_id for w in wanted}
    assert {(e.subject_id, e.depth) for e in events} == {(campaign.id, 2)}
    assert {e.facts["publication_id"] for e in events} == {str(r.id) for r in rows}
    assert one(session, "SELECT count(*) FROM event_work") == 2
    assert one(session, "SELECT count(*) FROM dirty_customers WHERE depth = 2 AND 'voucher' = ANY(facts)") == 2
    expires = clock.now(session) + datetime.timedelta(days=30)
    assert one(session, "SELECT count(*) FROM vouchers WHERE state = 'assigned' AND expires_at = :at", at=expires) == 2
    assert pool(session, campaign.id) == Pool(free=3, assigned=2)
    assert ledger.check(session) == []


def test_a_code_never_outlives_its_campaign(session: Session) -> None:
    ends = clock.now(session) + datetime.timedelta(days=5)
    campaign, wanted = a_campaign(session, codes=1, valid_days=30, ends_at=ends), recipients(session, 1)
    reserve(session, campaign.id, wanted)

    assign(session, ids(wanted), None, "Dashboard")

    assert one(session, "SELECT expires_at FROM vouchers WHERE state = 'assigned'") == ends


def test_what_was_assigned_is_not_assigned_again(session: Session) -> None:
    campaign, wanted = a_campaign(session, codes=5), recipients(session, 2)
    reserve(session, campaign.id, wanted)
    assign(session, ids(wanted), None, "Dashboard")

    assert assign(session, ids(wanted), None, "Dashboard") == 0

    assert one(session, "SELECT count(*) FROM publications") == 2
    assert ledger.check(session) == []


def test_a_released_code_is_free_and_an_assigned_one_is_not(session: Session) -> None:
    campaign, wanted = a_campaign(session, codes=5), recipients(session, 3)
    reserved = reserve(session, campaign.id, wanted)
    assign(session, ids(wanted)[:1], None, "Dashboard")
    finish(session, ids(wanted)[1:], "skipped")

    assert release(session, ids(wanted)) == 2
    assert release(session, ids(wanted)) == 0

    assert pool(session, campaign.id) == Pool(free=4, assigned=1)
    assert one(session, "SELECT voucher_id FROM recipients WHERE id = :id", id=ids(wanted)[0]) == reserved.codes[ids(wanted)[0]]
    assert one(session, "SELECT count(*) FROM recipients WHERE voucher_id IS NOT NULL") == 1
    assert ledger.check(session) == []


def test_a_reserved_code_that_was_redeemed_does_not_return(session: Session) -> None:
    campaign, wanted = a_campaign(session, codes=1), recipients(session, 1)
    reserve(session, campaign.id, wanted)
    session.execute(text("UPDATE vouchers SET redeemed = 1"))

    assert release(session, ids(wanted)) == 0


def test_who_joins_once_gets_the_same_code_again(session: Session) -> None:
    campaign, dina = a_campaign(session, codes=5, join_once=True), new_id()
    first, second = recipients(session, [dina]), recipients(session, [dina])
    given = reserve(session, campaign.id, first).codes[first[0].recipient_id]
    assign(session, ids(first), None, "Dashboard")

    reserved = reserve(session, campaign.id, second)

    assert reserved.codes == reserved.again == {second[0].recipient_id: given}
    assert assign(session, ids(second), None, "Dashboard") == 0
    assert ledger.check(session) == []


@pytest.mark.parametrize("spoil", ["redeemed = 1", "expires_at = '2001-01-01'"])
def test_who_joins_once_and_used_it_or_let_it_expire_had_one(session: Session, spoil: str) -> None:
    campaign, dina = a_campaign(session, codes=5, join_once=True), new_id()
    first, second = recipients(session, [dina]), recipients(session, [dina])
    reserve(session, campaign.id, first)
    assign(session, ids(first), None, "Dashboard")
    session.execute(text(f"UPDATE vouchers SET {spoil} WHERE customer_id = :dina"), {"dina": dina})

    reserved = reserve(session, campaign.id, second)

    assert reserved.codes == {}
    assert reserved.had_one == {second[0].recipient_id}


def test_one_customer_twice_in_a_batch_gets_one_code_where_it_joins_once(session: Session) -> None:
    dina, eli = new_id(), new_id()
    once, freely = a_campaign(session, codes=5, join_once=True), a_campaign(session, codes=5)
    wanted, others = recipients(session, [dina, eli, dina]), recipients(session, [dina, eli, dina])

    reserved, different = reserve(session, once.id, wanted), reserve(session, freely.id, others)

    assert reserved.codes[wanted[0].recipient_id] == reserved.codes[wanted[2].recipient_id]
    assert len(set(reserved.codes.values())) == 2
    assert len(set(different.codes.values())) == 3
    assert assign(session, ids(wanted), None, "Dashboard") == 2
    assert ledger.check(session) == []


def test_a_shared_reservation_passes_on_when_its_holder_gives_up(session: Session) -> None:
    campaign, dina = a_campaign(session, codes=5, join_once=True), new_id()
    first, second = recipients(session, [dina]), recipients(session, [dina])
    code = reserve(session, campaign.id, first).codes[first[0].recipient_id]
    assert reserve(session, campaign.id, second).again == {second[0].recipient_id: code}

    finish(session, ids(first), "failed")
    assert release(session, ids(first)) == 0
    assert ledger.check(session) == []
    assert assign(session, ids(second), None, "Dashboard") == 1

    assert one(session, "SELECT customer_id FROM vouchers WHERE id = :id", id=code) == dina
    assert ledger.check(session) == []


def test_a_shared_reservation_is_freed_with_its_last_recipient(session: Session) -> None:
    campaign, dina = a_campaign(session, codes=5, join_once=True), new_id()
    first, second = recipients(session, [dina]), recipients(session, [dina])
    reserve(session, campaign.id, first)
    reserve(session, campaign.id, second)
    finish(session, ids(first + second), "skipped")

    assert release(session, ids(second)) == 1

    assert release(session, ids(first)) == 0
    assert one(session, "SELECT count(*) FROM recipients WHERE voucher_id IS NOT NULL") == 0
    assert pool(session, campaign.id) == Pool(free=5)


def test_the_same_source_gets_the_same_publication(session: Session) -> None:
    campaign, dina, eli = a_campaign(session, codes=5), new_id(), new_id()

    first = publish(session, campaign.id, dina, "order-1")
    same = publish(session, campaign.id, dina, "order-1")
    other_order = publish(session, campaign.id, dina, "order-2")
    other_customer = publish(session, campaign.id, eli, "order-1")

    assert not first.again
    assert same.again
    assert same.publication_id == first.publication_id
    assert len({first.code, other_order.code, other_customer.code}) == 3
    assert ledger.check(session) == []


def test_a_pull_makes_the_reserved_code_the_customers_own(session: Session) -> None:
    campaign, dina = a_campaign(session, codes=5, join_once=True), new_id()
    wanted = recipients(session, [dina])
    reserved = reserve(session, campaign.id, wanted).codes[wanted[0].recipient_id]

    pulled = publish(session, campaign.id, dina)

    assert pulled.voucher_id == reserved
    assert assign(session, ids(wanted), None, "Dashboard") == 0
    assert release(session, ids(wanted)) == 0
    assert publish(session, campaign.id, dina, "again").code == pulled.code
    assert ledger.check(session) == []


def test_why_nothing_is_published_is_said(session: Session) -> None:
    empty, off, once, dina = a_campaign(session), a_campaign(session, active=False), a_campaign(session, 1, join_once=True), new_id()
    publish(session, once.id, dina)
    session.execute(text("UPDATE vouchers SET redeemed = 1 WHERE customer_id = :dina"), {"dina": dina})

    for campaign, reason in ((empty, "dry"), (off, "closed"), (once, "had_one")):
        with pytest.raises(NotPublished) as refused:
            publish(session, campaign.id, dina)
        assert refused.value.reason == reason


def test_folding_changes_no_count(session: Session) -> None:
    campaign, wanted = a_campaign(session, codes=10), recipients(session, 4)
    reserve(session, campaign.id, wanted)
    assign(session, ids(wanted)[:3], None, "Dashboard")
    before = pool(session, campaign.id)

    assert fold(session) > 0

    assert fold(session) == 0
    assert pool(session, campaign.id) == before == Pool(free=6, reserved=1, assigned=3)
    assert ledger.check(session) == []


def test_the_check_names_what_is_wrong(session: Session) -> None:
    campaign, wanted = a_campaign(session, codes=10, name="Autumn"), recipients(session, 3)
    reserve(session, campaign.id, wanted)
    assign(session, ids(wanted)[:1], None, "Dashboard")
    finish(session, ids(wanted)[2:], "failed")

    session.execute(text("UPDATE vouchers SET customer_id = largesse_uuid7() WHERE state = 'assigned'"))
    session.execute(text("INSERT INTO pool_deltas (campaign_id, state, delta) VALUES (:id, 'free', -1)"), {"id": campaign.id})
    found = " ".join(ledger.check(session))

    assert "Campaign Autumn: 6 codes are counted as free, 7 are." in found
    assert "which is assigned and another customer’s." in found
    assert "is reserved for a recipient that is failed." in found
