"""What may be typed about a customer, and what is kept of it."""

import datetime
import json
from collections.abc import Callable

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.customers.profiles import customer_input, edit, fields, metadata, readers
from domain.kernel import addresses, clock
from domain.kernel.errors import Refused, Stale
from domain.tables.customers import Customer
from domain.tables.journal import Audit, Event
from domain.tables.workspace import Project
from tests.cast import ANN


def dirty(session: Session) -> list[tuple[str, list[str], bool]]:
    rows = session.execute(text("SELECT customer_id, facts, silent FROM dirty_customers ORDER BY id"))
    return [(str(r.customer_id), r.facts, r.silent) for r in rows]


def test_a_number_is_kept_with_its_country_code(project: Project, session: Session) -> None:
    given = customer_input.read(session, {"phone": "07700 900123", "email": " Dina@Okafor.EXAMPLE "})

    assert given.columns == {"phone": "+447700900123", "email": "Dina@okafor.example"}


def test_without_a_dial_code_a_bare_number_is_refused_and_the_remedy_named() -> None:
    with pytest.raises(ValueError, match=r"country code.*project's dial code"):
        addresses.phone("07700 900123")


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("email", "dina", "no e-mail address"),
        ("phone", "+44 7", "too short|no phone number"),
        ("phone", "+999 123 4567", "country code|no phone number"),
        ("birthdate", "31 June", "Write it like 1990-06-02"),
        ("birthdate", "1990-02-30", "no date"),
        ("birthdate", "2999-01-01", "in the future"),
        ("time_zone", "London", "Europe/London"),
        ("locale", "klingonisch", "en-GB"),
        ("name", "x" * 501, "at most 500"),
    ],
)
def test_what_is_wrong_is_said_in_words(session: Session, project: Project, field: str, typed: str, words: str) -> None:
    with pytest.raises(Refused, match=words) as refused:
        customer_input.read(session, {field: typed, "city": "Bath"})

    assert list(refused.value.mistakes) == [field]


def test_languages_and_dates_are_read_as_people_write_them() -> None:
    reading = readers.Reading(datetime.date(2026, 11, 20))

    assert fields.read("locale", "en_gb", reading) == "en-GB"
    assert fields.read("birthdate", "02.06.1990", reading) == datetime.date(1990, 6, 2)
    assert fields.read("birthdate", "22/06/1990", reading) == datetime.date(1990, 6, 22)
    with pytest.raises(ValueError, match="could be 1990-06-02 or 1990-02-06"):
        fields.read("birthdate", "02/06/1990", reading)
    assert fields.read("birthdate", "06/02/1990", readers.Reading(reading.today, day_first=False)) == datetime.date(1990, 6, 2)
    assert fields.read("birthdate", "1990-06-02T00:00:00Z", reading) == datetime.date(1990, 6, 2)
    assert fields.read("name", "  Dina \n Okafor\0 ", reading) == "Dina Okafor"


@pytest.mark.parametrize(
    ("typed", "number", "as_json"),
    [
        ("42", "42", "42"),
        ("42.50", "42.5", "42.5"),
        ("38,5", "38.5", "38.5"),
        ("-0", "0", "0"),
        ("1e3", "1000", "1000"),
        ("1’234", None, "Write it like"),
        ("1'234.5", "1234.5", "1234.5"),
        ("1,234", None, "Write it like"),
        ("NaN", None, "Write it like"),
        ("twelve", None, "Write it like"),
        ("0.00001", None, "four of them behind the point"),
        ("1234567890123456", None, "At most 15 digits"),
        ("1e999999", None, "At most 15 digits"),
    ],
)
def test_a_number_is_read_as_people_write_it_and_told_as_json_has_it(typed: str, number: str | None, as_json: str) -> None:
    reading = readers.Reading(datetime.date(2026, 11, 20))
    if number is None:
        with pytest.raises(ValueError, match=as_json):
            readers.number(typed, reading)
        return

    found = readers.number(typed, reading)

    assert str(found) == number
    assert json.dumps(fields.plain(found)) == as_json
    assert readers.number(as_json, reading) == found


def test_a_new_customer_is_told_to_segments_timeline_and_audit(session: Session, dina: Customer) -> None:
    assert dina.email_hash == addresses.address_hash("email", "dina@okafor.example")
    assert dirty(session)[0] == (str(dina.id), ["*"], False)
    kinds = session.scalars(select(Event.kind).where(Event.customer_id == dina.id).order_by(Event.id)).all()
    assert kinds == ["customer.created", "customer.consents.given"]
    row = session.scalars(select(Audit).where(Audit.command == "create customer")).one()
    assert "dina" not in str((row.subject_name, row.after)).lower()


def test_nobody_is_nobody(session: Session, project: Project) -> None:
    from domain.customers.profiles.create import create

    with pytest.raises(Refused, match="can be found again"):
        create(session, ANN, customer_input.read(session, {"city": "Bath"}))


def test_an_id_belongs_to_one_customer(session: Session, dina: Customer, eli: Customer) -> None:
    with pytest.raises(Refused, match="Dina Okafor already has the id “crm-48213”"):
        edit.edit(session, ANN, eli.id, customer_input.read(session, {"source_id": "crm-48213"}))


def test_an_edit_marks_exactly_what_it_changed(session: Session, dina: Customer) -> None:
    before = len(dirty(session))

    changed = edit.edit(session, ANN, dina.id, customer_input.read(session, {"city": "Bath", "country": "GB", "email": "d@okafor.example"}))

    assert changed == ["customer.city", "customer.email"]
    of_the_address = ["consent", "suppressed"]  # the new one may have a no of its own
    assert dirty(session)[before:] == [(str(dina.id), sorted(["customer.city", "customer.email", *of_the_address]), False)]
    assert dina.email_hash == addresses.address_hash("email", "d@okafor.example")
    assert edit.edit(session, ANN, dina.id, customer_input.read(session, {"city": "Bath"})) == []
    assert len(dirty(session)) == before + 1


def test_whoever_saved_first_is_named_to_the_second(session: Session, dina: Customer) -> None:
    seen = dina.row_version
    edit.edit(session, ANN, dina.id, customer_input.read(session, {"city": "Bath"}), seen)

    with pytest.raises(Stale, match="Ann changed this at") as stale:
        edit.edit(session, ANN, dina.id, customer_input.read(session, {"city": "York"}), seen)

    assert stale.value.changed == {"City": "Bath"}
    assert dina.city == "Bath"


def test_a_key_keeps_the_type_of_its_first_use(session: Session, project: Project, dina: Customer) -> None:
    metadata.register(session, {"spend": "number", "vip": "boolean"})

    edit.edit(session, ANN, dina.id, customer_input.read(session, {}, {"spend": "12.50", "vip": "Yes"}))
    assert dina.details == {"spend": 12.5, "vip": True}
    with pytest.raises(Refused, match="“a lot” is not a number"):
        customer_input.read(session, {}, {"spend": "a lot"})
    with pytest.raises(Refused, match="“spend” holds numbers, not text"):
        metadata.register(session, {"spend": "text"})
    with pytest.raises(Refused, match="cannot be a key"):
        metadata.register(session, {"first name": "text"})
    with pytest.raises(Refused, match="“spend” holds numbers, not True"):
        metadata.checked(session, {"spend": True})


def test_a_yes_is_not_a_one(session: Session, dina: Customer) -> None:
    metadata.register(session, {"n": "number"})
    edit.edit(session, ANN, dina.id, customer_input.read(session, {}, {"n": "1"}))

    assert edit.edit(session, ANN, dina.id, customer_input.CustomerInput({}, {"n": True})) == ["metadata.n"]
    assert edit.edit(session, ANN, dina.id, customer_input.CustomerInput({}, {"n": None})) == ["metadata.n"]
    assert dina.details == {}


@pytest.mark.parametrize(
    ("values", "type"),
    [
        (["1", "2.5", "-3", ""], "number"),
        (["007", "12"], "text"),
        (["yes", "No", ""], "boolean"),
        (["2011-12-09", "2010-01-31"], "date"),
        (["2011-12-09 12:50:00", "2011-12-09T12:50:00Z"], "datetime"),
        (["red", "2"], "text"),
        ([""], "text"),
    ],
)
def test_the_type_of_a_column_is_guessed_from_its_cells(values: list[str], type: str) -> None:
    assert metadata.guess(values) == type


def test_times_are_kept_in_utc_and_numbers_are_not_mistaken() -> None:
    reading = readers.Reading(datetime.date(2026, 1, 1))

    assert metadata.read("2011-07-09 12:50", "datetime", reading, "Europe/London") == "2011-07-09T11:50:00Z"
    assert metadata.read("1.234,50", "number", reading) == 1234.5
    assert metadata.read("1,234.50", "number", reading) == 1234.5
    assert metadata.read("12,5", "number", reading) == 12.5
    with pytest.raises(ValueError, match=r"“1,234” could be 1234 or 1.234"):
        metadata.read("1,234", "number", reading)
    for nonsense in ("NaN", "Infinity", "1e400", "0x10"):
        with pytest.raises(ValueError, match="not a number"):
            metadata.read(nonsense, "number", reading)


def test_addresses_shared_by_several_are_pointed_out(session: Session, add: Callable[..., Customer], dina: Customer) -> None:
    twin = add(name="Dina again", email="DINA@okafor.example")

    assert customer_input.sharing(session, twin.email, but=twin) == [dina]
    assert clock.now(session) == twin.created_at


def test_the_short_way_through_a_plain_address_says_what_the_long_one_says() -> None:
    """Numbers of every country and addresses of every shape: whatever passes at once must come out of the library unchanged."""
    import random

    import phonenumbers
    from email_validator import validate_email

    dice = random.Random(7)
    passed = 0
    for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        for _ in range(40):
            number = f"+{code}" + "".join(dice.choices("0123456789", k=dice.randint(5, 12)))
            if addresses._E164.fullmatch(number) and addresses._possible(number[1:]):
                passed += 1
                parsed = phonenumbers.parse(number)
                assert phonenumbers.is_possible_number(parsed), number
                assert phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == number
    assert passed > 1_000
    for _ in range(1_000):
        local = "".join(dice.choices("abcXYZ019._+-", k=dice.randint(1, 12)))
        address = f"{local}@{''.join(dice.choices('abx09-.', k=dice.randint(1, 8)))}.{dice.choice(['com', 'de', 'test', 'example'])}"
        if addresses._PLAIN_EMAIL.fullmatch(address) and not address.endswith(".test"):
            assert validate_email(address, check_deliverability=False).normalized == address
