"""Who is meant? The first key that is given and fits decides, and a name identifies nobody."""

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.customers.identify import keys
from domain.customers.identify.keys import CustomerKeys, of_facts, of_word
from domain.customers.identify.match import AmbiguousCustomer, match_keys
from domain.customers.profiles import create, customer_input
from domain.kernel.errors import Refused
from domain.tables.customers import Customer
from tests.cast import ANN

Add = Callable[..., Customer]


def identified(session: Session, **typed: str) -> Customer:
    given = customer_input.read(session, typed)
    return create.identify(session, ANN, of_facts(given.columns), lambda: given, how="API")


def test_keys_are_asked_in_the_order_id_source_id_email_phone(session: Session, dina: Customer, eli: Customer, finn: Customer) -> None:
    phone, email = CustomerKeys(phone=eli.phone), CustomerKeys(email=finn.email, phone=eli.phone)
    source_id = CustomerKeys(source_id="crm-2", email=finn.email)

    assert match_keys(session, phone).customer == eli
    assert match_keys(session, email).customer == finn
    assert match_keys(session, source_id).customer == eli
    assert match_keys(session, CustomerKeys(dina.id, "crm-2", finn.email)).customer == dina
    assert match_keys(session, CustomerKeys(uuid.uuid4(), "crm-2")).customer == eli, "an id that nobody has does not decide"


def test_an_address_is_one_key_however_it_is_written(session: Session, add: Add) -> None:
    one = add(email="info@münchen.example", phone="+44 7700 900 555")

    for word in ("INFO@MÜNCHEN.example", "info@xn--mnchen-3ya.example", "info@mu\u0308nchen.example", "+44 (0)7700 900555"):
        assert match_keys(session, of_word(word)).customer == one, word


def test_a_new_id_is_given_to_the_only_customer_with_the_address_who_lacks_one(session: Session, add: Add) -> None:
    by_email, by_phone = add(email="a@x.example"), add(phone="+447700900001")

    assert identified(session, source_id="crm-7", email="A@x.example") == by_email
    assert identified(session, source_id="crm-8", email="new@x.example", phone="+447700900001") == by_phone

    assert (by_email.source_id, by_phone.source_id) == ("crm-7", "crm-8")


def test_a_new_id_makes_a_new_customer_where_the_address_is_somebody_elses(session: Session, dina: Customer, add: Add) -> None:
    add(email="two@x.example")
    add(email="two@x.example")

    assert identified(session, source_id="crm-9", email=dina.email) not in {dina, None}
    assert identified(session, source_id="crm-10", email="two@x.example").source_id == "crm-10"
    assert dina.source_id == "crm-48213"


def test_an_address_of_several_is_refused_only_where_no_id_was_given(session: Session, add: Add) -> None:
    add(email="two@x.example", phone="+447700900002")
    add(email="two@x.example", phone="+447700900002")
    before = session.scalar(select(func.count(Customer.id)))

    with pytest.raises(AmbiguousCustomer, match="e-mail address"):
        identified(session, email="two@x.example")
    with pytest.raises(AmbiguousCustomer, match="phone number"):
        identified(session, email="unknown@x.example", phone="+447700900002")

    assert session.scalar(select(func.count(Customer.id))) == before
    assert match_keys(session, CustomerKeys(id=uuid.uuid4(), email="two@x.example")).customer is None


def test_a_name_identifies_nobody(session: Session, add: Add) -> None:
    one = add(name="Dina Okafor")

    assert of_facts({"name": "Dina Okafor"}) == CustomerKeys()
    assert identified(session, name="Dina Okafor") != one


def test_somebody_erased_is_not_found(session: Session, dina: Customer) -> None:
    from domain.customers.profiles.erase import erase

    email = dina.email
    erase(session, ANN, dina.id)

    assert match_keys(session, CustomerKeys(id=dina.id)).customer is None
    assert match_keys(session, of_word(email)).customer is None


def test_whoever_adds_a_known_address_by_hand_is_told_and_may_insist(session: Session, dina: Customer) -> None:
    given = customer_input.read(session, {"name": "Her brother", "email": dina.email})

    with pytest.raises(Refused) as refused:
        create.add(session, ANN, given)

    assert refused.value.mistakes == {"email": "Dina Okafor has this already. Tick “Another person” if two people share it."}
    assert create.add(session, ANN, given, another=True) != dina


def test_the_words_of_a_key_are_at_most_three() -> None:
    assert CustomerKeys(uuid.uuid4(), "crm-1", "a@x.example", "+447700900001").claims == [
        "source_id:crm-1", "email:a@x.example", "phone:+447700900001",
    ]  # fmt: skip
    assert keys.id_of("nothing") is None
