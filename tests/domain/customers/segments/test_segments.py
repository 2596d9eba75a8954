"""Names, circles, lists pasted together, counts that stop in time, facts of every kind, and uses."""

import uuid
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session

from domain import conditions
from domain.customers.facts import catalogue as facts
from domain.customers.facts.values import values
from domain.customers.membership import refresh as keep
from domain.customers.membership import sizes
from domain.customers.segments import audience, check, create, edit, members
from domain.journal import changed_facts
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import new_id
from domain.kernel.errors import Refused
from domain.kernel.row_versions import Stale
from domain.tables.customers import Consent, Customer, Permission, Segment, Suppression
from domain.tables.distributions import Distribution, Version
from domain.tables.incentives import Campaign, Voucher
from domain.tables.journal import DirtyCustomer
from domain.tables.redemptions import Rule
from domain.tables.sending import Delivery, Recipient
from domain.tables.usage import segment_references
from tests.domain.customers.membership.test_keep import finish, inside
from tests.domain.customers.segments.conftest import MakeCustomer, leaf

pytestmark = pytest.mark.every_locale

ANN = Actor("user_ann", "Ann Weber")
BRISTOL = leaf("customer.city", "is", "Bristol")


def test_names_are_unique_whatever_their_case(session: Session) -> None:
    create.dynamic(session, ANN, "  Lapsed   regulars ", BRISTOL)
    with pytest.raises(Refused, match="already a segment called “Lapsed regulars”"):
        create.manual(session, ANN, "lapsed REGULARS")
    with pytest.raises(Refused, match="Give the segment a name"):
        create.manual(session, ANN, "  ")


def test_a_copy_has_a_name_of_its_own_and_the_same_members(session: Session, customer: MakeCustomer) -> None:
    dina = customer("Dina", city="Bristol")
    vip = create.manual(session, ANN, "VIP", [dina])
    first, second = create.copy(session, ANN, vip), create.copy(session, ANN, vip)
    assert (first.name, second.name) == ("VIP (copy)", "VIP (copy) 2")
    assert inside(session, first) == {dina}
    assert sizes.size(session, first.id) == 1

    copied = create.copy(session, ANN, create.dynamic(session, ANN, "Bristol", BRISTOL))
    finish(session)
    assert inside(session, copied) == {dina}


def test_circles_of_segments_are_refused_at_their_leaf(session: Session) -> None:
    first = create.dynamic(session, ANN, "First", BRISTOL)
    second = create.dynamic(session, ANN, "Second", leaf("segment", "member", str(first.id)))
    third = create.dynamic(session, ANN, "Third", leaf("segment", "member", str(second.id)))

    with pytest.raises(Refused) as refused:
        edit.change(session, ANN, first, {"all": [BRISTOL, leaf("segment", "not_member", str(third.id))]}, first.row_version)

    assert refused.value.mistakes == {
        "rules.1": "“Third” depends on this segment, so this one cannot depend on it. Choose another segment, or remove this condition."
    }
    with pytest.raises(Refused, match="cannot depend on itself"):
        edit.change(session, ANN, first, leaf("segment", "member", str(first.id)), first.row_version)


def test_a_deleted_segment_is_named_as_such(session: Session) -> None:
    found = check.mistakes(session, leaf("segment", "member", str(uuid.uuid4())), facts.known(session))
    assert [wrong.text for wrong in found] == ["This segment was deleted. Choose another, or remove this condition."]


def test_whoever_saves_second_is_told_who_was_first(session: Session) -> None:
    segment = create.dynamic(session, ANN, "Bristol", BRISTOL)
    seen = segment.row_version
    edit.rename(session, Actor("user_ada", "Ada"), segment, "Bristol people", seen)
    with pytest.raises(Stale, match="Ada changed the segment"):
        edit.change(session, ANN, segment, leaf("customer.city", "is", "Bath"), seen)


def test_a_pasted_list_says_whom_it_did_not_find(session: Session, customer: MakeCustomer) -> None:
    dina = customer("Dina", source_id="A-1", email="Dina@Example.com")
    eli = customer("Eli", source_id="A-2", phone="+447700900018", email="eli@example.com")
    customer("Twin", email="twin@example.com")
    customer("Twin", email="twin@example.com")

    found = members.find(session, "A-1, dina@EXAMPLE.com; +447700900018\nnobody@example.com\ta-1\n\ntwin@example.com")

    assert set(found.customers) == {dina, eli}
    assert found.unknown == ("nobody@example.com", "a-1")
    assert found.shared == ("twin@example.com",)
    with pytest.raises(ValueError, match="20,001 lines"):
        members.find(session, ",".join(map(str, range(20_001))))


def test_counting_stops_in_time_and_says_about(session: Session, customer: MakeCustomer) -> None:
    for n in range(40):
        customer(str(n), city="Bristol" if n % 2 else "Bath")
    session.execute(text("ANALYZE customers"))
    kept = conditions.saved(BRISTOL, facts.known(session))

    assert str(audience.count(session, kept)) == "20"
    slow = audience.holds(session, kept) & text("pg_sleep(0.02) IS NOT NULL").self_group()
    guess = audience._counted(session, slow, patience=50)

    assert guess.about
    assert 10 <= guess.number <= 30
    assert str(guess).startswith("about ")
    assert session.scalar(text("SHOW statement_timeout")) == "0"


def test_five_people_and_then_five_others(session: Session, customer: MakeCustomer) -> None:
    ids = [customer(str(n), city="Bristol") for n in range(7)]
    kept = conditions.saved(BRISTOL, facts.known(session))

    first = audience.people(session, kept)
    others = audience.people(session, kept, after=first[-1].id)

    assert [c.id for c in first] == ids[:5]
    assert [c.id for c in others] == [*ids[5:], *ids[:3]]


def test_an_edit_says_before_whom_it_would_move(session: Session, customer: MakeCustomer) -> None:
    for city in ("Bristol", "Bath", "Bath", "", ""):
        customer("x", city=city)
    segment = create.dynamic(session, ANN, "Bristol", BRISTOL)
    finish(session)
    after = conditions.saved(leaf("customer.city", "is_not", "Bristol"), facts.known(session))

    enter, leave = audience.difference(session, segment, after)

    assert (enter.number, leave.number) == (4, 1)


@pytest.fixture
def world(session: Session, customer: MakeCustomer) -> dict[str, Any]:
    """Dina holds and used, has permission and got the message; Eli was skipped; Finn's bounced and he is suppressed."""
    now = clock.now(session)
    stamp = {"created_at": now, "updated_at": now}
    dina, eli, finn = customer("Dina", email="d@x.com", email_hash="hd"), customer("Eli"), customer("Finn", email_hash="hf")
    campaign = Campaign(name="Autumn", name_key="autumn", currency="EUR", **stamp)
    spring = Campaign(name="Spring", name_key="spring", currency="EUR", **stamp)
    permission = Permission(name="News", name_key="news", **stamp)
    sent = Distribution(name="Welcome", name_key="welcome", version=1, status="done", **stamp)
    session.add_all([campaign, spring, permission, sent, Suppression(kind="email", hash="hf", reason="bounced", created_at=now)])
    session.flush()
    given = {"state": "assigned", "is_free": False, "customer_id": dina, "assigned_at": now, "created_at": now}
    session.add_all([
        Voucher(campaign_id=campaign.id, code="A1", redeemed=1, **given),
        Voucher(campaign_id=spring.id, code="S1", **given),
        Consent(customer_id=dina, permission_id=permission.id, given=True, version=1, at=now, how="by hand"),
        Consent(customer_id=eli, permission_id=permission.id, given=False, version=1, at=now, how="by hand"),
    ])  # fmt: skip
    for who, state in ((dina, "delivered"), (finn, "bounced")):
        session.execute(
            insert(Delivery).values(
                created_at=now, recipient_id=new_id(), distribution_id=sent.id, customer_id=who, channel="c1", connection_id=new_id(),
                lane="bulk", version=1, state=state,
            )
        )  # fmt: skip
    session.execute(
        insert(Recipient).values(
            distribution_id=sent.id, once_key="k", customer_id=eli, version=1, lane="bulk", state="skipped", waits=False, created_at=now
        )
    )
    return {"dina": dina, "eli": eli, "finn": finn, "campaign": campaign, "spring": spring, "permission": permission, "sent": sent}


@pytest.mark.parametrize(
    ("fact", "how", "thing", "who"),
    [
        ("voucher", "holds", "campaign", {"dina"}), ("voucher", "not_holds", "campaign", {"eli", "finn"}),
        ("voucher", "unused", "campaign", set()), ("voucher", "unused", "spring", {"dina"}),
        ("voucher", "not_unused", "campaign", {"dina", "eli", "finn"}),
        ("consent", "given", "permission", {"dina"}), ("consent", "not_given", "permission", {"eli", "finn"}),
        ("delivery", "received", "sent", {"dina"}), ("delivery", "not_received", "sent", {"eli", "finn"}),
        ("delivery", "skipped", "sent", {"eli"}), ("delivery", "bounced", "sent", {"finn"}),
        ("voucher.held", "more_than_equal", 2, {"dina"}), ("voucher.redeemed", "is", 0, {"eli", "finn"}),
        ("delivery.count", "more_than", 0, {"dina"}), ("suppressed", "is", True, {"finn"}), ("suppressed", "is_not", True, {"dina", "eli"}),
    ],
)  # fmt: skip
def test_facts_of_codes_permissions_and_messages(
    session: Session, world: dict[str, Any], fact: str, how: str, thing: Any, who: set[str]
) -> None:
    known, now = facts.known(session), facts.moment(session)
    value = str(world[thing].id) if isinstance(thing, str) else thing
    tree = conditions.saved(leaf(fact, how, value), known)

    in_sql = set(session.scalars(select(Customer.id).where(audience.holds(session, tree))))
    in_python = {id for id in (world["dina"], world["eli"], world["finn"]) if conditions.holds(tree, values(session, id), known, now)}

    assert in_sql == in_python == {world[name] for name in who}


def test_conditions_on_relations_are_sentences(session: Session, world: dict[str, Any]) -> None:
    tree = {"all": [leaf("voucher", "not_unused", str(world["campaign"].id)), leaf("consent", "given", str(world["permission"].id))]}
    assert conditions.in_words(tree, facts.known(session)) == "Has no unused code of Autumn, and gave permission for News"


def test_whoever_uses_a_segment_is_named(session: Session, world: dict[str, Any]) -> None:
    segment = create.dynamic(session, ANN, "Bristol", BRISTOL)
    now = clock.now(session)
    rule = Rule(condition=leaf("segment", "member", str(segment.id)), created_at=now, updated_at=now)
    session.add(rule)
    session.flush()
    world["campaign"].rule_id = rule.id
    draft = Distribution(
        name="Draft", name_key="draft", spec={"trigger": {"segment": f"seg_{segment.id.hex}"}}, created_at=now, updated_at=now
    )
    live = Distribution(
        name="Live", name_key="live", status="live", version=1, about_noun="segment", about_id=segment.id, created_at=now, updated_at=now
    )
    session.add_all([draft, live])
    session.flush()
    plan = {"trigger": "segment_entered", "segment_id": str(segment.id)}
    session.add(Version(distribution_id=live.id, version=1, plan=plan, sentence="", created_at=now))
    session.flush()

    assert segment_references.in_words(segment_references.uses_of(session, segment.id)) == (
        "the campaign “Autumn”, the distribution “Draft” and the distribution “Live”"
    )
    assert segment_references.reacting(session, segment.id) == ["Live"]
    session.execute(update(Distribution).values(status="ended"))
    assert [use.noun for use in segment_references.uses_of(session, segment.id)] == ["campaign"]


def test_metadata_of_the_wrong_type_is_missing(session: Session, customer: MakeCustomer) -> None:
    from tests.domain.customers.segments.conftest import field

    field(session, "spend", "number")
    rich = customer("a", details={"spend": 18})
    for odd in (True, "abc", "18", None, [18], {"x": 1}):
        customer("b", details={"spend": odd})
    tree = conditions.saved(leaf("metadata.spend", "more_than", "17.5"), facts.known(session))
    assert list(session.scalars(select(Customer.id).where(audience.holds(session, tree)))) == [rich]


def test_segments_of_the_list_are_read_with_few_questions(session: Session) -> None:
    made = [create.manual(session, ANN, f"S{n}") for n in range(3)]
    assert session.scalars(select(Segment).order_by(Segment.name_key)).all() == made


def test_messages_and_codes_are_marked_only_while_a_segment_asks(session: Session, world: dict[str, Any]) -> None:
    recipient = session.scalars(select(Recipient.id)).one()
    changed_facts.mark(session, [world["dina"]], [changed_facts.VOUCHER])
    changed_facts.delivered(session, [recipient])
    assert not changed_facts.waiting(session)

    changed_facts.mark(session, [world["dina"]], [changed_facts.VOUCHER, "customer.city"])
    assert changed_facts.waiting(session)
    keep.work(session)

    skipped = create.dynamic(session, ANN, "Skipped", leaf("delivery", "skipped", str(world["sent"].id)))
    finish(session)
    session.execute(update(Recipient).values(state="ready"))
    changed_facts.delivered(session, [recipient])
    changed_facts.mark(session, [world["dina"]], [changed_facts.VOUCHER])
    assert [m.depth for m in session.scalars(select(DirtyCustomer))] == [1]
    keep.work(session)
    assert inside(session, skipped) == set()
