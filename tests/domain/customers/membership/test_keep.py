"""Members are kept current: one change, a batch, dependent segments, time, and what live distributions hear of it."""

import datetime
import uuid
from typing import Any

import pytest
from sqlalchemy import event, func, select, text, update
from sqlalchemy.orm import Session

from domain.customers.membership import refresh as keep
from domain.customers.membership import sizes, sync
from domain.customers.membership import time_changes as time
from domain.customers.segments import create, delete, edit, members
from domain.journal import changed_facts, jobs
from domain.journal.notices import open_notices
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.tables.customers import Customer, Member, Segment
from domain.tables.journal import DirtyCustomer, Event, EventWork, Job
from domain.tables.usage import segment_references
from tests.domain.customers.segments.conftest import MakeCustomer, days, field, leaf
from workers.queue.job_kinds import job_kind

ANN = Actor("user_ann", "Ann Weber")


def finish(session: Session) -> None:
    """Do every open job to its end."""
    for id in session.scalars(select(Job.id).where(Job.state.in_(("queued", "running")))).all():
        while jobs.advance(session, id, job_kind):
            pass
    session.flush()


def inside(session: Session, segment: Segment) -> set[uuid.UUID]:
    return set(session.scalars(select(Member.customer_id).where(Member.segment_id == segment.id)))


def happened(session: Session, segment: Segment) -> list[tuple[uuid.UUID, str]]:
    rows = session.execute(select(Event.customer_id, Event.kind).where(Event.subject_id == segment.id).order_by(Event.id))
    return [(row.customer_id, row.kind.rpartition(".")[2]) for row in rows]


@pytest.fixture
def bristol(session: Session, customer: MakeCustomer) -> Segment:
    segment = create.dynamic(session, ANN, "Bristol", leaf("customer.city", "is", "Bristol"))
    finish(session)
    return segment


def test_a_new_segment_finds_its_members_silently(session: Session, customer: MakeCustomer) -> None:
    dina, _eli = customer("Dina", city="Bristol"), customer("Eli", city="Bath")

    segment = create.dynamic(session, ANN, "Bristol", leaf("customer.city", "is", "bristol"))
    assert (segment.sync, segment.revision, segment.synced_revision) == ("syncing", 1, 0)
    finish(session)

    assert inside(session, segment) == {dina}
    assert (segment.sync, segment.synced_revision, segment.sync_done) == ("synced", 1, 2)
    assert sizes.size(session, segment.id) == 1
    assert happened(session, segment) == []


def test_one_edit_enters_and_one_leaves_and_both_are_recorded(
    session: Session, customer: MakeCustomer, change: Any, bristol: Segment
) -> None:
    dina = customer("Dina", city="Bath")

    change(dina, city="BRISTOL")
    keep.work(session)

    assert inside(session, bristol) == {dina}
    assert happened(session, bristol) == [(dina, "entered")]
    assert session.scalar(select(func.count()).select_from(EventWork)) == 1
    change(dina, city="York")
    keep.work(session)
    assert inside(session, bristol) == set()
    assert happened(session, bristol)[1:] == [(dina, "left")]
    assert session.scalar(select(func.count()).select_from(DirtyCustomer)) == 0
    assert sizes.size(session, bristol.id) == 0


def test_a_silent_change_moves_without_a_word(session: Session, customer: MakeCustomer, change: Any, bristol: Segment) -> None:
    dina = customer("Dina", city="Bath")

    change(dina, silent=True, city="Bristol")
    keep.work_on_many(session)

    assert inside(session, bristol) == {dina}
    assert happened(session, bristol) == []


def test_only_segments_that_read_what_changed_are_looked_at(
    session: Session, customer: MakeCustomer, change: Any, bristol: Segment
) -> None:
    dina = customer("Dina", city="Bath")
    session.execute(text("UPDATE customers SET city = 'Bristol'"))

    change(dina, typed_name="Dina O.")
    keep.work(session)
    assert inside(session, bristol) == set()

    changed_facts.mark(session, [dina], [changed_facts.EVERYTHING])
    keep.work(session)
    assert inside(session, bristol) == {dina}


def test_the_lane_of_triggers_leaves_alone_what_changed_in_bulk(
    session: Session, customer: MakeCustomer, change: Any, bristol: Segment
) -> None:
    crowd = [customer(f"C{n}", city="Bristol") for n in range(5)]
    changed_facts.mark(session, crowd, [changed_facts.EVERYTHING], silent=True)
    dina = customer("Dina")
    change(dina, city="Bristol")
    change(crowd[0], city="Bath")

    while keep.work(session):
        pass

    assert inside(session, bristol) == {dina}
    assert session.scalars(select(DirtyCustomer.customer_id).order_by(DirtyCustomer.id)).all() == crowd, "also the one who changed again"
    keep.work_on_many(session)
    assert inside(session, bristol) == {dina, *crowd[1:]}


def test_what_changes_for_more_than_a_hundred_at_once_is_bulk(session: Session, customer: MakeCustomer, bristol: Segment) -> None:
    crowd = [customer(f"C{n}", city="Bristol") for n in range(101)]

    changed_facts.mark(session, crowd[1:], [changed_facts.EVERYTHING])
    keep.work(session)
    assert len(inside(session, bristol)) == 100
    changed_facts.mark(session, crowd, [changed_facts.EVERYTHING])
    keep.work(session)
    assert len(inside(session, bristol)) == 100

    keep.work_on_many(session)
    assert len(inside(session, bristol)) == 101


def test_segments_that_depend_on_a_segment_follow_in_the_same_transaction(
    session: Session, customer: MakeCustomer, change: Any, bristol: Segment
) -> None:
    not_bristol = create.dynamic(session, ANN, "Others", leaf("segment", "not_member", str(bristol.id)))
    both = create.dynamic(
        session, ANN, "Nobody", {"all": [leaf("segment", "member", str(not_bristol.id)), leaf("customer.city", "has_value")]}
    )
    finish(session)
    dina = customer("Dina", city="Bath")
    changed_facts.mark(session, [dina], [changed_facts.EVERYTHING])
    keep.work(session)
    assert inside(session, both) == {dina}

    change(dina, city="Bristol")
    keep.work(session)

    assert (inside(session, bristol), inside(session, not_bristol), inside(session, both)) == ({dina}, set(), set())
    assert happened(session, both) == [(dina, "entered"), (dina, "left")]


def test_a_hand_made_list_moves_the_segments_that_read_it(session: Session, customer: MakeCustomer) -> None:
    dina, eli = customer("Dina"), customer("Eli")
    vip = create.manual(session, ANN, "VIP", [dina])
    rest = create.dynamic(session, ANN, "Rest", leaf("segment", "not_member", str(vip.id)))
    finish(session)
    assert inside(session, rest) == {eli}

    assert members.move(session, vip, [eli, dina], inside=True, react=True) == 1
    keep.work(session)

    assert inside(session, rest) == set()
    assert happened(session, vip) == [(eli, "entered")]
    assert happened(session, rest) == [(eli, "left")]
    assert members.move(session, vip, [dina], inside=False, react=False) == 1
    keep.work_on_many(session)
    assert inside(session, rest) == {dina}
    assert len(happened(session, vip)) == 1


def test_an_edit_is_silent_unless_live_distributions_are_let_react(session: Session, customer: MakeCustomer, bristol: Segment) -> None:
    dina, eli = customer("Dina", city="Bath"), customer("Eli", city="York")
    revision = bristol.revision

    assert edit.change(session, ANN, bristol, leaf("customer.city", "is", "Bath"), bristol.row_version)
    finish(session)
    assert (bristol.revision, bristol.synced_revision) == (revision + 1, revision + 1)
    assert inside(session, bristol) == {dina}
    assert happened(session, bristol) == []

    edit.change(session, ANN, bristol, leaf("customer.city", "is", "York"), bristol.row_version, react=True)
    finish(session)
    assert inside(session, bristol) == {eli}
    assert sorted(happened(session, bristol)) == sorted([(eli, "entered"), (dina, "left")])


def test_an_edit_that_changes_nothing_is_no_edit(session: Session, bristol: Segment) -> None:
    before = bristol.revision
    assert not edit.change(session, ANN, bristol, leaf("customer.city", "is", "Bristol"), bristol.row_version)
    assert (bristol.revision, bristol.sync) == (before, "synced")


def test_a_sync_goes_page_by_page_and_an_older_one_gives_way(
    session: Session, customer: MakeCustomer, bristol: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "PAGE", 2)
    people = [customer(f"C{n}", city="Bath") for n in range(5)]
    edit.change(session, ANN, bristol, leaf("customer.city", "is", "Bath"), bristol.row_version)
    old = session.scalars(select(Job).where(Job.state == "queued")).one()

    assert jobs.advance(session, old.id, job_kind)
    assert inside(session, bristol) == set(people[:2])
    assert (bristol.sync_done, bristol.sync_total) == (2, 5)

    edit.change(session, ANN, bristol, leaf("customer.city", "is", "York"), bristol.row_version)
    assert not jobs.advance(session, old.id, job_kind)
    assert inside(session, bristol) == set(people[:2])
    finish(session)
    assert inside(session, bristol) == set()


def test_while_a_silent_sync_runs_nobody_it_has_not_reached_is_said_to_enter(
    session: Session, customer: MakeCustomer, change: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "PAGE", 1)
    dina, eli = customer("Dina", city="Bath"), customer("Eli", city="Bristol")
    segment = create.dynamic(session, ANN, "Bristol", leaf("customer.city", "is", "Bristol"))
    job = session.scalars(select(Job)).one()
    jobs.advance(session, job.id, job_kind)

    change(dina, city="Bristol")
    change(eli, city="bristol")
    keep.work(session)

    assert inside(session, segment) == {dina, eli}
    assert happened(session, segment) == [(dina, "entered")]


def test_a_failed_sync_says_why_and_can_be_tried_again(session: Session, customer: MakeCustomer, bristol: Segment) -> None:
    dina = customer("Dina", city="Bath")
    edit.change(session, ANN, bristol, leaf("customer.city", "is", "Bath"), bristol.row_version)
    job = session.scalars(select(Job).where(Job.state == "queued")).one()

    jobs.fail(session, job.id, job_kind, "The database was away (7F3K-21PX).")
    assert (bristol.sync, bristol.sync_error) == ("failed", "The database was away (7F3K-21PX).")

    assert [(n.kind, n.title) for n in open_notices(session)] == [("sync_failed", "“Bristol” could not be synced")]

    sync.retry(session, ANN, bristol)
    finish(session)
    assert open_notices(session) == []
    assert (bristol.sync, bristol.sync_error, inside(session, bristol)) == ("synced", "", {dina})


def test_time_alone_lets_people_in_and_out(session: Session, customer: MakeCustomer) -> None:
    field(session, "last_order", "date")
    today = clock.now(session).date()
    dina = customer("Dina", details={"last_order": str(today - days(29))})
    customer("Eli", details={"last_order": str(today)})
    lapsed = create.dynamic(session, ANN, "Lapsed", leaf("metadata.last_order", "more_than_ago", 30))
    finish(session)
    assert not time.work(session)

    clock.shift(session, days(2))
    assert time.work(session)
    assert not time.work(session)

    assert list(session.scalars(select(DirtyCustomer.customer_id))) == [dina]
    keep.work_on_many(session)
    assert inside(session, lapsed) == {dina}
    assert happened(session, lapsed) == [(dina, "entered")]


def test_time_is_read_across_many_days_at_once(session: Session, customer: MakeCustomer) -> None:
    born = [customer(str(n), birthdate=datetime.date(1990, n, 10)) for n in range(1, 13)]
    soon = create.dynamic(session, ANN, "Soon", leaf("customer.birthdate", "next_month"))
    finish(session)
    month = clock.now(session).month
    assert inside(session, soon) == {born[month % 12]}

    clock.shift(session, days(95))
    while time.work(session):
        pass
    keep.work_on_many(session)

    assert inside(session, soon) == {born[clock.now(session).month % 12]}


def test_a_segment_without_dates_is_never_read_again_for_time(session: Session, bristol: Segment) -> None:
    clock.shift(session, days(3))
    assert bristol.time_read_at is None
    assert not time.work(session)


def test_the_erased_leave_silently(session: Session, customer: MakeCustomer, change: Any, bristol: Segment) -> None:
    dina = customer("Dina")
    change(dina, city="Bristol")
    keep.work(session)
    session.execute(text("UPDATE customers SET erased_at = now() WHERE id = :id"), {"id": dina})

    changed_facts.mark(session, [dina], [changed_facts.EVERYTHING])
    keep.work(session)

    assert inside(session, bristol) == set()
    assert [kind for _, kind in happened(session, bristol)] == ["entered"]


def test_the_depth_of_a_change_is_the_depth_of_its_event(session: Session, customer: MakeCustomer, bristol: Segment) -> None:
    dina = customer("Dina", city="Bristol")
    changed_facts.mark(session, [dina], ["customer.city"], depth=2)
    keep.work(session)
    assert session.scalar(select(Event.depth).where(Event.subject_id == bristol.id)) == 2


def test_sizes_are_folded_and_can_be_recounted(session: Session, customer: MakeCustomer, change: Any, bristol: Segment) -> None:
    for n in range(3):
        change(customer(str(n)), city="Bristol")
    keep.work(session)
    assert bristol.size == 0

    sizes.fold_sizes(session)
    session.refresh(bristol)

    assert (bristol.size, sizes.size(session, bristol.id)) == (3, 3)
    assert sizes.check(session) == []
    session.execute(text("UPDATE segments SET size = 7"))
    assert sizes.check(session) == ["“Bristol” says 7, its list has 3."]


def test_the_statements_of_a_batch_do_not_grow_with_its_customers(session: Session, customer: MakeCustomer, bristol: Segment) -> None:
    def statements(count: int) -> int:
        ids = [customer(str(n), city="Bristol") for n in range(count)]
        changed_facts.mark(session, ids, ["customer.city"])
        session.flush()
        said: list[str] = []
        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", listener := lambda *a: said.append(a[2]))
        keep.work(session)
        event.remove(engine, "before_cursor_execute", listener)
        return len(said)

    assert statements(1) == statements(50)


def test_a_segment_in_use_is_not_deleted(session: Session, customer: MakeCustomer, bristol: Segment) -> None:
    from domain.kernel.errors import Refused

    others = create.dynamic(session, ANN, "Others", leaf("segment", "not_member", str(bristol.id)))
    with pytest.raises(Refused, match=r"“Bristol” is used by the segment “Others”\. Take it out there first"):
        delete.delete(session, ANN, bristol)

    delete.delete(session, ANN, others)
    assert segment_references.uses_of(session, bristol.id) == []
    delete.delete(session, ANN, bristol)
    assert session.scalar(select(func.count()).select_from(Segment)) == 0
    assert session.scalar(select(func.count()).select_from(Customer)) == 0


@pytest.mark.parametrize("nonsense", [leaf("customer.birthdate", "before", "never"), leaf("segment", "member", "x"), {"all": "?"}])
def test_a_condition_that_cannot_be_read_stops_only_its_own_segment(
    session: Session, customer: MakeCustomer, change: Any, bristol: Segment, nonsense: Any
) -> None:
    odd = create.dynamic(session, ANN, "Odd", leaf("customer.city", "has_value"))
    finish(session)
    session.execute(update(Segment).where(Segment.id == odd.id).values(condition=nonsense))
    dina = customer("Dina")

    change(dina, city="Bristol")
    keep.work(session)

    assert inside(session, bristol) == {dina}
    assert session.scalar(select(Segment.sync_error).where(Segment.id == odd.id)).startswith("Its condition cannot be read")


def test_an_edited_segment_moves_those_that_depend_on_it(session: Session, customer: MakeCustomer, bristol: Segment) -> None:
    dina, eli = customer("Dina", city="Bristol"), customer("Eli", city="Bath")
    others = create.dynamic(session, ANN, "Others", leaf("segment", "not_member", str(bristol.id)))
    changed_facts.mark(session, [dina, eli], [changed_facts.EVERYTHING], silent=True)
    keep.work_on_many(session)
    assert inside(session, others) == {eli}

    edit.change(session, ANN, bristol, leaf("customer.city", "is", "Bath"), bristol.row_version)
    finish(session)
    keep.work_on_many(session)

    assert inside(session, others) == {dina}
    assert happened(session, others) == []
