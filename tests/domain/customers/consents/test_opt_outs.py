"""A no that holds: for the address, whoever has it; lifted only by the person, or by a member who says why."""

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.customers.consents import change, opt_outs, permissions, suppressions, unsubscribe
from domain.customers.facts.catalogue import ASPECTS
from domain.customers.profiles import customer_input, edit
from domain.customers.profiles.erase import erase
from domain.kernel.errors import Refused
from domain.tables.customers import AddressOptOut, Customer, Permission
from domain.tables.journal import Audit
from tests.cast import ANN

Add = Callable[..., Customer]


def allows(session: Session, customer: Customer, permission: Permission) -> bool:
    """As segments, finders and every channel ask it."""
    (aspect,) = ASPECTS["consent"]
    session.flush()
    return session.scalar(select(Customer.id).where(Customer.id == customer.id, aspect.exists(permission.id))) is not None


def test_a_no_holds_for_whoever_has_the_address(session: Session, dina: Customer, offers: Permission, add: Add) -> None:
    sister = add(name="Her sister", email=dina.email)
    change.give(session, ANN, [sister.id], offers, "web form")
    assert allows(session, sister, offers)

    unsubscribe.one_click(session, dina.id, offers.id)

    assert not allows(session, dina, offers)
    assert not allows(session, sister, offers)
    newcomer = add(name="The same, anew", email=dina.email.upper())
    assert change.give(session, ANN, [newcomer.id], offers, "API") == []
    assert not allows(session, newcomer, offers)


def test_it_is_a_no_to_that_permission_alone(session: Session, dina: Customer, offers: Permission, add: Add) -> None:
    club = permissions.create(session, ANN, permissions.PermissionInput("Club", "", ["email"], "Write to me about the club."))
    change.give(session, ANN, [dina.id], club, "by hand")

    unsubscribe.one_click(session, dina.id, offers.id)

    assert allows(session, dina, club)


def test_a_changed_address_leaves_the_own_withdrawal_in_force(session: Session, dina: Customer, offers: Permission) -> None:
    unsubscribe.one_click(session, dina.id, offers.id)

    edit.edit(session, ANN, dina.id, customer_input.read(session, {"email": "dina@new.example"}))

    assert not allows(session, dina, offers)
    assert change.give(session, ANN, [dina.id], offers, "API") == []


def test_erasure_keeps_the_hash(session: Session, dina: Customer, offers: Permission, add: Add) -> None:
    email = dina.email
    unsubscribe.one_click(session, dina.id, offers.id)
    erase(session, ANN, dina.id)

    back = add(name="Dina again", email=email)

    assert change.give(session, ANN, [back.id], offers, "import") == []
    (kept,) = session.scalars(select(AddressOptOut))
    assert "@" not in f"{kept.hash}{kept.how}"


def test_a_member_lifts_it_only_with_a_reason(session: Session, dina: Customer, offers: Permission) -> None:
    unsubscribe.one_click(session, dina.id, offers.id)

    with pytest.raises(Refused):
        change.give_again(session, ANN, dina, offers, "by hand", " ")
    assert not allows(session, dina, offers)

    change.give_again(session, ANN, dina, offers, "by phone", "She called and asked for it")

    assert allows(session, dina, offers)
    assert opt_outs.of_customer(session, dina) == {}
    lifted = session.scalars(select(Audit).where(Audit.command == "lift opt-out")).one()
    assert lifted.after == {"why": "She called and asked for it"}


def test_the_person_lifts_it_on_the_preference_page(session: Session, dina: Customer, offers: Permission) -> None:
    unsubscribe.stop_all(session, dina)
    assert unsubscribe.silenced_by(session, dina) == "unsubscribed"

    unsubscribe.choose(session, dina, {offers.id})

    assert allows(session, dina, offers)
    assert unsubscribe.silenced_by(session, dina) == ""


@pytest.mark.parametrize("reason", ["bounced", "complained", "stop", "by hand", "erased"])
def test_the_preference_page_lifts_no_other_suppression(session: Session, dina: Customer, offers: Permission, reason: str) -> None:
    suppressions.suppress(session, "email", dina.email, reason)

    unsubscribe.choose(session, dina, {offers.id})

    assert unsubscribe.silenced_by(session, dina) == reason


def test_somebody_without_an_address_can_still_say_no(session: Session, offers: Permission, add: Add) -> None:
    nameless = add(source_id="crm-77")

    assert unsubscribe.one_click(session, nameless.id, offers.id)

    assert opt_outs.held_back(session, [nameless.id, uuid.uuid4()], offers.id) == {nameless.id}
