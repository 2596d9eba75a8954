"""Making, changing and deleting campaigns, and the words for what is not possible."""

import dataclasses
import datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.incentives import discount
from domain.incentives.campaigns.create import create
from domain.incentives.campaigns.delete import delete
from domain.incentives.campaigns.draft import Draft
from domain.incentives.campaigns.edit import edit
from domain.incentives.campaigns.switch import switch
from domain.incentives.campaigns.warn_low_pools import warn_of_low_pools
from domain.incentives.codes import pattern
from domain.incentives.codes.forecast import outlook
from domain.incentives.codes.generate import ask
from domain.incentives.codes.pattern import advice
from domain.incentives.codes.pool import Pool, pool
from domain.incentives.codes.reveal import masked, reveal
from domain.incentives.codes.withdraw import withdraw
from domain.incentives.ledger.assign import assign, publish, reserve
from domain.journal import jobs, notices
from domain.kernel import clock, row_versions
from domain.kernel.actor import Actor
from domain.kernel.errors import Refused
from domain.tables.customers import Segment
from domain.tables.incentives import Campaign, Voucher
from tests.domain.incentives.given import a_campaign, a_customer, ids, one, recipients
from workers.queue.job_kinds import job_kind

ANN = Actor("user_ann", "Ann Weber")
DRAFT = Draft(
    name="Autumn 15 %", discount={"type": "percent", "percent": 15}, currency="EUR", pattern="AUTUMN-########", charset=pattern.UNAMBIGUOUS,
    count=50,
)  # fmt: skip


def draft(**changes: Any) -> Draft:
    return dataclasses.replace(DRAFT, **changes)


def refused(session: Session, **changes: Any) -> dict[str, str]:
    with pytest.raises(Refused) as why:
        create(session, ANN, draft(**changes))
    return why.value.mistakes


def work(session: Session) -> None:
    for job in jobs.open_jobs(session):
        while jobs.advance(session, job, job_kind):
            pass


def test_codes_are_made_in_the_background_as_many_as_were_asked_for(session: Session) -> None:
    campaign = create(session, ANN, draft())
    assert (campaign.generation, campaign.wanted, pool(session, campaign.id).total) == ("running", 50, 0)

    work(session)

    assert (campaign.generation, pool(session, campaign.id)) == ("done", Pool(free=50))
    codes = session.scalars(text("SELECT code FROM vouchers")).all()
    assert len(set(codes)) == 50
    assert all(code.startswith("AUTUMN-") and set(code[7:]) <= set(pattern.UNAMBIGUOUS) and len(code) == 15 for code in codes)


def test_names_differ_in_more_than_capitals_and_spaces(session: Session) -> None:
    create(session, ANN, draft())

    assert "already" in refused(session, name="  AUTUMN  15 %")["name"]


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"name": " "}, "name", "Give the campaign a name"),
        ({"currency": "XXY"}, "currency", "not a currency"),
        ({"discount": None}, "discount_type", "Choose"),
        ({"discount": {"type": "percent", "percent": 101}}, "percent", "up to 100"),
        ({"discount": {"type": "amount", "minor": 0}}, "amount", "5.00"),
        ({"discount": {"type": "unit", "units": 1, "of": " "}}, "unit_of", "coffee"),
        ({"valid_days": 0}, "valid_days", "at least one day"),
        ({"redemption_limit": 0}, "redemption_limit", "at least once"),
        ({"pattern": "", "charset": "", "auto_update": True}, "auto_update", "no pattern"),
        ({"pattern": "Autumn € ####"}, "pattern", "letters, digits"),
        ({"pattern": "A" * 60 + "########"}, "length", "at most 64"),
        ({"charset": "a"}, "charset", "at least two"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(session: Session, changes: dict[str, Any], field: str, words: str) -> None:
    assert words in refused(session, **changes)[field]


def test_an_end_before_the_start_is_refused(session: Session) -> None:
    now = clock.now(session)

    assert "later end" in refused(session, starts_at=now, ends_at=now)["ends_at"]


def test_too_few_random_characters_are_refused_with_how_many_are_needed(session: Session) -> None:
    wrong = refused(session, pattern="A-###", charset="0123456789", count=10_000)

    assert wrong["length"].startswith("For 10,000 codes at least 7 random characters are needed")
    assert create(session, ANN, draft(pattern="A-#######", charset="0123456789", count=10_000)).id
    assert advice("A-#######", "0123456789", 10_000).startswith("One try in 1,000 hits a code. 13 random characters")
    assert "hopeless" in advice("A-#############", "0123456789", 10_000)


def test_more_codes_are_refused_when_the_pattern_has_no_room(session: Session) -> None:
    campaign = create(session, ANN, draft(pattern="A-####", charset="0123456789", count=10))
    with pytest.raises(Refused, match="For 11 codes at least 5 random characters"):
        ask(session, ANN, campaign, 1)
    campaign.pattern = ""
    session.flush()
    with pytest.raises(Refused, match="imported"):
        ask(session, ANN, campaign, 1)


def test_codes_collide_and_are_drawn_again(session: Session) -> None:
    campaign = a_campaign(session, codes=25, pattern="##", charset="0123456789ABCDEF")

    assert one(session, "SELECT count(DISTINCT lower(code)) FROM vouchers WHERE campaign_id = :id", id=campaign.id) == 25


def test_every_character_is_drawn_about_as_often(session: Session) -> None:
    text = pattern.random_text(pattern.UNAMBIGUOUS, 62_000)

    counts = [text.count(c) for c in pattern.UNAMBIGUOUS]
    assert min(counts) > 1_750
    assert max(counts) < 2_250


def test_a_segment_is_kept_as_a_rule_of_one_leaf(session: Session) -> None:
    now = clock.now(session)
    segment = Segment(name="VIP", name_key="vip", kind="manual", created_at=now, updated_at=now)
    session.add(segment)
    session.flush()

    campaign = create(session, ANN, draft(segment_id=segment.id))
    assert one(session, "SELECT condition FROM rules") == {"fact": "segment", "is": "member", "value": str(segment.id)}
    edit(session, ANN, campaign, 1, draft())

    assert campaign.segment_id is None
    assert one(session, "SELECT count(*) FROM rules") == 0


def test_once_there_are_codes_their_look_stays_and_the_rest_can_change(session: Session) -> None:
    campaign = create(session, ANN, draft())
    work(session)

    edit(session, ANN, campaign, 1, draft(name="Winter", ends_at=clock.now(session) + datetime.timedelta(days=9), auto_update=True))
    with pytest.raises(Refused, match="their look stays"):
        edit(session, ANN, campaign, 2, draft(pattern="WINTER-########"))

    assert (campaign.name, campaign.auto_update) == ("Winter", True)


def test_once_a_code_was_given_what_it_is_worth_stays(session: Session) -> None:
    campaign = create(session, ANN, draft())
    work(session)
    edit(session, ANN, campaign, 1, draft(discount={"type": "percent", "percent": 20}))
    publish(session, campaign.id, a_customer(session).id)

    with pytest.raises(Refused, match="promised"):
        edit(session, ANN, campaign, 2, draft(discount={"type": "percent", "percent": 5}))


def test_who_saves_second_is_told_who_was_first(session: Session) -> None:
    campaign = create(session, ANN, draft())
    edit(session, Actor("user_bo", "Bo Lund"), campaign, 1, draft(name="Winter"))

    with pytest.raises(row_versions.Stale, match="Bo Lund"):
        edit(session, ANN, campaign, 1, draft(name="Spring"))


def test_what_was_given_cannot_be_deleted_and_what_was_not_can(session: Session) -> None:
    campaign = create(session, ANN, draft())
    with pytest.raises(Refused, match="just being made"):
        delete(session, ANN, campaign)
    work(session)
    publish(session, campaign.id, a_customer(session).id)
    with pytest.raises(Refused, match="given to customers"):
        delete(session, ANN, campaign)
    other = create(session, ANN, draft(name="Never used"))
    work(session)

    delete(session, ANN, other)

    assert session.get(Campaign, other.id) is None
    assert one(session, "SELECT count(*) FROM vouchers") == 50


def test_a_campaign_is_switched_off_and_on(session: Session) -> None:
    campaign = create(session, ANN, draft())

    assert switch(session, ANN, campaign, on=False)
    assert not switch(session, ANN, campaign, on=False)
    assert switch(session, ANN, campaign, on=True)
    assert session.scalars(text("SELECT command FROM audit ORDER BY id")).all()[-2:] == ["switch campaign off", "switch campaign on"]


def test_only_a_code_that_nobody_has_can_be_withdrawn(session: Session) -> None:
    campaign, wanted = a_campaign(session, codes=3), recipients(session, 2)
    reserved = list(reserve(session, campaign.id, wanted).codes.values())
    assign(session, ids(wanted)[:1], None, "Dashboard")
    free = session.scalars(text("SELECT id FROM vouchers WHERE is_free")).one()

    withdraw(session, ANN, session.get_one(Voucher, free), "printed wrong")
    for voucher, words in zip([*reserved, free], ["was given to a customer", "just being sent", "withdrawn already"], strict=True):
        with pytest.raises(Refused, match=words):
            withdraw(session, ANN, session.get_one(Voucher, voucher), "")

    assert pool(session, campaign.id) == Pool(reserved=1, assigned=1, void=1)
    assert one(session, "SELECT void_reason FROM vouchers WHERE id = :id", id=free) == "printed wrong"


def test_looking_at_a_code_is_written_down_without_it(session: Session) -> None:
    campaign = a_campaign(session, codes=1)
    voucher = session.get_one(Voucher, session.scalars(text("SELECT id FROM vouchers")).one())

    assert reveal(session, ANN, campaign, voucher) == voucher.code
    session.flush()

    row = session.execute(text("SELECT command, subject_name FROM audit")).one()
    assert row.command == "reveal code"
    assert voucher.code not in row.subject_name
    assert masked("RYE-7KQM-4T2X") == "••••4T2X"
    assert masked("AB") == "••••"


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ({"type": "percent", "percent": 15}, "15 % off"),
        ({"type": "percent", "percent": 7.5}, "7.5 % off"),
        ({"type": "amount", "minor": 500}, "€5 off"),
        ({"type": "amount", "minor": 550}, "€5.50 off"),
        ({"type": "amount", "minor": 1000}, "€10 off"),
        ({"type": "fixed", "minor": 0}, "for €0"),
        ({"type": "unit", "units": 1, "of": "coffee"}, "1 free coffee"),
        ({"type": "unit", "units": 3, "of": "coffee"}, "3 × coffee free"),
        (None, ""),
    ],
)
def test_a_discount_is_said_in_words(what: dict[str, Any] | None, words: str) -> None:
    assert discount.in_words(what, "EUR") == words


def test_money_without_decimals_keeps_its_zeros() -> None:
    assert discount.in_words({"type": "amount", "minor": 500}, "JPY") == "¥500 off"


def test_a_pool_says_when_it_runs_dry(session: Session) -> None:
    campaign = a_campaign(session, codes=40)
    wanted = recipients(session, 28)
    reserve(session, campaign.id, wanted)
    assign(session, ids(wanted), None, "Automation")
    assert outlook(session, campaign).too_little
    session.execute(
        text("""
        UPDATE publications p SET created_at = created_at - interval '1 day' * (n % 10)
        FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM publications) AS numbered WHERE p.id = numbered.id""")
    )

    seen = outlook(session, campaign)

    assert seen.daily == (*[0] * 4, 2, *[3] * 8, 2)
    assert seen.levels == [*[40] * 4, 38, 35, 32, 29, 26, 23, 20, 17, 14, 12]
    assert seen.dry_at == clock.now(session) + datetime.timedelta(days=12 * 10 / 28)
    assert seen.state == "low"
    assert warn_of_low_pools(session) == 1
    (notice,) = notices.open_notices(session)
    assert "12 codes left" in notice.title
    assert notice.body.startswith("At the pace of the last 10 days it is empty on ")


def test_a_pool_that_one_mailing_all_but_emptied_is_low_and_no_day_is_told(session: Session) -> None:
    campaign = a_campaign(session, codes=30)
    wanted = recipients(session, 28)
    reserve(session, campaign.id, wanted)
    assign(session, ids(wanted), None, "Automation")
    session.execute(text("UPDATE publications SET created_at = created_at - interval '9 days'"))

    assert warn_of_low_pools(session) == 1
    (notice,) = notices.open_notices(session)
    assert ("2 codes left" in notice.title, notice.body) == (True, "")


def test_a_dry_pool_is_a_grave_notice_until_codes_are_added(session: Session) -> None:
    campaign = create(session, ANN, draft(count=2))
    work(session)
    for _ in range(2):
        publish(session, campaign.id, a_customer(session).id)
    warn_of_low_pools(session)
    assert [(n.kind, n.grave) for n in notices.open_notices(session)] == [("pool_dry", True)]

    ask(session, ANN, campaign, 100)
    work(session)

    assert notices.open_notices(session) == []


def test_codes_that_nobody_makes_any_more_are_said_to_have_broken_off(session: Session) -> None:
    campaign = create(session, ANN, draft())
    jobs.cancel(session, jobs.open_jobs(session)[0])
    session.flush()

    warn_of_low_pools(session)

    session.refresh(campaign)
    assert campaign.generation == "failed"
    assert "broke off" in campaign.generation_error
