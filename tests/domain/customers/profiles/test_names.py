"""Full names, first names and last names: each is kept as it was typed, and what was not typed is made of the rest."""

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.customers.profiles import customer_input, edit, erase, find
from domain.kernel.errors import Refused
from domain.tables.customers import Customer
from domain.tables.journal import Event
from tests.cast import ANN
from tests.domain.customers.imports.test_imports import customer, take


def names(customer: Customer) -> tuple[str, str, str]:
    return customer.name, customer.first_name, customer.last_name


@pytest.fixture
def change(session: Session) -> Callable[..., list[str]]:
    def change(customer: Customer, **typed: str) -> list[str]:
        changed = edit.edit(session, ANN, customer.id, customer_input.read(session, typed))
        session.refresh(customer)
        return changed

    return change


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Dina Okafor", "Dina", "Okafor"),
        ("Finn", "Finn", ""),
        ("", "", ""),
        ("Ana María de la Cruz", "Ana María", "de la Cruz"),
        ("Vincent Willem van Gogh", "Vincent Willem", "van Gogh"),
        ("Ludwig VAN Beethoven", "Ludwig", "VAN Beethoven"),
        ("Van Morrison", "Van", "Morrison"),
        ("Johann Wolfgang von", "Johann", "Wolfgang von"),
        ("Anna Vandenberg", "Anna", "Vandenberg"),
        ("Mary Jane Watson", "Mary", "Jane Watson"),
        ("毛泽东", "毛泽东", ""),
        ("محمد بن سلمان", "محمد", "بن سلمان"),
        ("O’Brien (née Smith)", "O’Brien", "(née Smith)"),
        (r"A.*? \d+ van [x] {{ y }}", r"A.*? \d+", "van [x] {{ y }}"),
    ],
)
def test_a_full_name_is_taken_apart(add: Callable[..., Customer], name: str, first: str, last: str) -> None:
    assert names(add(name=name, source_id="1")) == (name, first, last)


@pytest.mark.parametrize(
    ("typed", "counts"),
    [
        (("", "Ana María", "de la Cruz"), ("Ana María de la Cruz", "Ana María", "de la Cruz")),
        (("", "Finn", ""), ("Finn", "Finn", "")),
        (("", "", "Okafor"), ("Okafor", "", "Okafor")),
        (("Dr. Dina Okafor", "Dina", "Okafor"), ("Dr. Dina Okafor", "Dina", "Okafor")),
        (("Mary Jane Watson", "Mary Jane", ""), ("Mary Jane Watson", "Mary Jane", "Watson")),
        (("Mary Jane Watson", "", "Watson"), ("Mary Jane Watson", "Mary Jane", "Watson")),
        (("Dina Okafor", "Dee", ""), ("Dina Okafor", "Dee", "Okafor")),
        (("Dina Okafor", "", "Stone"), ("Dina Okafor", "Dina", "Stone")),
        (("Okafor", "", "Okafor"), ("Okafor", "", "Okafor")),
        (("Dina", "Dina", ""), ("Dina", "Dina", "")),
        (("Joan", "Jo", ""), ("Joan", "Jo", "")),
        (("Mc Leod", "", "Leod"), ("Mc Leod", "Mc", "Leod")),
        (("McLeod", "", "Leod"), ("McLeod", "McLeod", "Leod")),
    ],
)
def test_what_was_not_typed_is_made_of_what_was(
    session: Session, add: Callable[..., Customer], typed: tuple[str, str, str], counts: tuple[str, str, str]
) -> None:
    one = add(source_id="1", **dict(zip(("name", "first_name", "last_name"), typed, strict=True)))

    assert names(one) == counts
    assert (one.typed_name, one.typed_first_name, one.typed_last_name) == typed


def test_a_typed_full_name_stays_whatever_becomes_of_its_parts(add: Callable[..., Customer], change: Callable[..., list[str]]) -> None:
    dina = add(name="Dina Okafor", first_name="Dina", last_name="Okafor")

    change(dina, last_name="Stone")
    assert names(dina) == ("Dina Okafor", "Dina", "Stone")
    change(dina, name="Dina Stone-Okafor")
    assert names(dina) == ("Dina Stone-Okafor", "Dina", "Stone")
    change(dina, first_name="", last_name="")
    assert names(dina) == ("Dina Stone-Okafor", "Dina", "Stone-Okafor")


def test_a_name_made_of_its_parts_follows_them_until_one_is_typed(add: Callable[..., Customer], change: Callable[..., list[str]]) -> None:
    dina = add(first_name="Dina", last_name="Okafor")

    assert change(dina, last_name="Stone") == ["customer.last_name", "customer.name"]
    assert names(dina) == ("Dina Stone", "Dina", "Stone")
    change(dina, name="Queen Dina")
    change(dina, last_name="Okafor")
    assert names(dina) == ("Queen Dina", "Dina", "Okafor")
    change(dina, name="")
    assert names(dina) == ("Dina Okafor", "Dina", "Okafor")


def test_a_made_name_that_is_sent_back_is_not_taken_for_a_typed_one(add: Callable[..., Customer], change: Callable[..., list[str]]) -> None:
    dina = add(first_name="Dina", last_name="Okafor")

    assert change(dina, name="Dina Okafor", first_name="Dina", last_name="Okafor") == []
    change(dina, name="Dina Okafor", last_name="Stone")

    assert names(dina) == ("Dina Stone", "Dina", "Stone")


def test_segments_hear_of_every_name_that_changed_and_the_timeline_of_what_was_typed(
    session: Session, add: Callable[..., Customer], change: Callable[..., list[str]]
) -> None:
    dina = add(name="Dina Okafor")

    change(dina, name="Dina Stone")

    marked = session.execute(text("SELECT facts FROM dirty_customers ORDER BY id DESC LIMIT 1")).scalar_one()
    assert marked == ["customer.last_name", "customer.name"]
    told = session.query(Event).filter_by(kind="customer.updated").one().facts
    assert told["changed"] == {"customer.name": "Dina Stone"}


def test_one_name_is_enough_and_is_searched(session: Session, add: Callable[..., Customer]) -> None:
    add(first_name="Ana María", last_name="de la Cruz")

    found, _ = find.page(session, find.CustomerFilter(text="ana maría de"))
    assert [one.name for one in found] == ["Ana María de la Cruz"]
    with pytest.raises(Refused, match="can be found again"):
        add(first_name=" ", city="Bath")


def test_an_erased_customer_has_no_name_left(session: Session, add: Callable[..., Customer]) -> None:
    dina = add(name="Dina", first_name="Dee", last_name="Okafor")

    erase.erase(session, ANN, dina.id)
    session.refresh(dina)

    assert names(dina) == (dina.typed_name, dina.typed_first_name, dina.typed_last_name) == ("", "", "")


@pytest.mark.usefixtures("uploads", "project")
def test_the_columns_of_mailchimp_become_names(session: Session) -> None:
    """Case: its two columns ended as metadata, with an empty name."""
    _, counts = take(
        session,
        "Email Address,First Name,Last Name,MEMBER_RATING\nfl1@example.com,Ana María,de la Cruz,2\nfl2@example.com,Jo,Lee,3\n",
    )

    assert counts["created"] == 2
    people = {one.email: one for one in session.query(Customer)}
    assert names(people["fl1@example.com"]) == ("Ana María de la Cruz", "Ana María", "de la Cruz")
    assert people["fl2@example.com"].details == {"member_rating": 3}


@pytest.mark.usefixtures("uploads", "project")
@pytest.mark.parametrize(
    "header",
    [
        "First Name,Last Name",  # Shopify, Mailchimp, Klaviyo, HubSpot
        "FNAME,LNAME",  # Mailchimp's merge tags
        "$first_name,$last_name",  # Klaviyo's properties
        "firstname,lastname",  # HubSpot's internal names
        "billing_first_name,billing_last_name",  # WooCommerce
        "Given name,Surname",
    ],
)
def test_headers_of_first_and_last_names_are_known(session: Session, header: str) -> None:
    take(session, f"id,{header}\n1,Dina,Okafor\n")

    assert names(customer(session, "1")) == ("Dina Okafor", "Dina", "Okafor")


@pytest.mark.usefixtures("uploads", "project")
def test_a_shop_s_file_of_customers_is_known_by_its_headers(session: Session) -> None:
    take(
        session,
        "Customer ID,First Name,Last Name,Email,Default Address Address1,Default Address City,Default Address Province Code,"
        "Default Address Country Code,Default Address Zip,Phone\n'6940095564,Dina,Okafor,dina@okafor.example,12 Mill Lane,Bristol,AVN,"
        "GB,BS1 4DJ,+44 7700 900018\n",
    )

    dina = session.query(Customer).one()
    address = (dina.line1, dina.postal_code, dina.city, dina.region, dina.country)
    assert (dina.name, dina.phone, address) == ("Dina Okafor", "+447700900018", ("12 Mill Lane", "BS1 4DJ", "Bristol", "AVN", "GB"))
    assert dina.details == {}


@pytest.mark.usefixtures("uploads", "project")
def test_an_import_keeps_what_was_typed_and_what_is_made(session: Session) -> None:
    take(session, "id,First name,Last name\n1,Dina,Okafor\n")
    take(session, "id,name\n2,Eli Marsh Stone\n")

    _, same = take(session, "id,name,first name,last name\n1,Dina Okafor,Dina,Okafor\n2,Eli Marsh Stone,Eli,Marsh Stone\n")
    assert (same["changed"], same["same"]) == (0, 2)

    take(session, "id,name,last name\n1,Dina Okafor,Stone\n2,,Stone\n")
    assert names(customer(session, "1")) == ("Dina Stone", "Dina", "Stone")
    assert names(customer(session, "2")) == ("Eli Marsh Stone", "Eli Marsh", "Stone")

    take(session, "id,name,last name\n1,Dina Smith,\n2,,\n", empty_clears=True)
    assert names(customer(session, "1")) == ("Dina Smith", "Dina", "Smith")
    assert names(customer(session, "2")) == ("", "", "")
