"""Numbers, amounts and dates are read in one way everywhere, and what could be two is refused until somebody decides."""

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.errors import Ambiguous
from domain.kernel.text import dates, evidence, money, numbers
from domain.kernel.text.evidence import Evidence

ONE_MEANING = {
    "0": 0, "12": 12, "-3": -3, "12,50": "12.5", "12.50": "12.5", "1.000,00": 1000, "1,000.00": 1000, "1,234,567": 1234567,
    "1.234.567": 1234567,
    "1.234.567,8": "1234567.8", "12,34,567.50": "1234567.5", "0,125": "0.125", "0.125": "0.125",
    "1234,567": "1234.567",
    "1 000,5": "1000.5", "1\u202f000": 1000, "1'000.50": "1000.5", ".5": "0.5",
    "1e3": 1000, "+1.5": "1.5", "-1.234,5": "-1234.5", "1,2345": "1.2345",
}  # fmt: skip


@pytest.mark.parametrize(("typed", "meant"), ONE_MEANING.items())
def test_what_can_mean_one_number_only_is_that_number_whoever_decides(typed: str, meant: int | str) -> None:
    assert {numbers.number(typed, decimal) for decimal in ("", ".", ",")} == {Decimal(meant)}


@pytest.mark.parametrize("typed", ["1,000", "1.500", "-12.345", "999,999"])
def test_a_sign_that_could_be_one_for_thousands_is_decided_or_refused(typed: str) -> None:
    with pytest.raises(Ambiguous, match="for thousands"):
        numbers.number(typed)

    digits = Decimal(typed.replace(",", "").replace(".", ""))
    sign = "," if "," in typed else "."
    assert numbers.number(typed, sign) == digits / 1000
    assert numbers.number(typed, "." if sign == "," else ",") == digits


@pytest.mark.parametrize(
    "typed",
    ["", "-", "1,00,0", "1.2.3", "1,000,00", "NaN", "Infinity", "0x10", "01067", "1e99999999999", "2.00E+05", "12,", "9" * 40],
)
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"number|zero|spreadsheet|large"):
        numbers.number(typed)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15) | st.integers(-(10**20), 10**20))
def test_a_number_we_write_is_read_as_the_same_whoever_decides(value: float | int) -> None:
    assert {numbers.number(numbers.written(value), decimal) for decimal in ("", ".", ",")} == {Decimal(str(value))}


def test_money_is_read_alike() -> None:
    assert money.minor_units("€12.50", "EUR") == money.minor_units("12,50 EUR", "EUR") == 1250
    assert money.minor_units("1.000,00", "EUR") == 100_000
    assert money.minor_units("1,000", "EUR", decimal=".") == 100_000
    for currency, minor in (("EUR", 1250), ("JPY", 1250), ("KWD", 12_500), ("KWD", 1000)):
        assert money.minor_units(money.plain(minor, currency), currency) == minor
    with pytest.raises(ValueError, match="“1,000” could be 1000 or 1"):
        money.minor_units("1,000", "EUR")


def test_day_and_month_are_swapped_by_nobody() -> None:
    day = datetime.date(1990, 7, 4)
    assert dates.day("07/04/1990", day_first=False) == dates.day("04/07/1990", day_first=True) == dates.day("4.7.1990") == day
    assert dates.day("12/31/1990") == dates.day("31/12/1990") == dates.day("1990-12-31", day_first=True) == datetime.date(1990, 12, 31)
    assert dates.day("05/05/2020") == datetime.date(2020, 5, 5)
    with pytest.raises(Ambiguous, match="1990-04-07 or 1990-07-04"):
        dates.day("07/04/1990")
    for nonsense in ("13/13/1990", "soon", "1990-02-30", "1/2/90", ""):
        with pytest.raises(ValueError, match="is no date"):
            dates.day(nonsense)


@pytest.mark.parametrize("typed", ["0001-01-01", "0001-01-01 00:00:00", "0900-05-05 10:00", "9999-12-31 23:59:59", "9999-12-31T23:59:59Z"])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York"])
def test_years_that_systems_write_for_never_are_refused_in_words(typed: str, zone: str) -> None:
    with pytest.raises(ValueError, match="Its year may be 1001 to 9998"):
        dates.moment(typed, zone=zone)


@pytest.mark.parametrize("typed", ["2026-11-20 25:00", "2026-11-20 soon", "2026-11-20T10:00:00+99:00"])
def test_a_time_of_day_that_cannot_be_read_is_refused_in_words(typed: str) -> None:
    with pytest.raises(ValueError, match="no time of day that can be read"):
        dates.moment(typed)


def test_moments_have_hours_before_and_after_noon() -> None:
    assert dates.moment("11/20/2026 3:05 PM").isoformat() == "2026-11-20T15:05:00+00:00"
    assert dates.moment("2026-11-20 12:00 am", zone="Europe/Berlin").isoformat() == "2026-11-19T23:00:00+00:00"
    assert dates.moment("20.11.2026 10:00:00").isoformat() == "2026-11-20T10:00:00+00:00"
    with pytest.raises(ValueError, match="no such hour"):
        dates.moment("2026-11-20 13:00 pm")


def test_cells_prove_how_a_column_is_written_only_where_none_says_the_contrary() -> None:
    def of(*cells: str) -> Evidence:
        seen = Evidence()
        for line, cell in enumerate(cells, 2):
            seen.add(line, cell)
        return Evidence.from_json(seen.as_json())

    assert evidence.decimal_sign([of("1,000", "12,50")]) == ","
    assert evidence.decimal_sign([of("1,000"), of("12.50")]) == "."
    assert evidence.decimal_sign([of("1,000")]) == evidence.decimal_sign([of("12.50", "12,50")]) == ""
    assert evidence.day_first([of("07/04/1990", "12/31/1990")]) is False
    assert evidence.day_first([of("31/12/1990")]) is True
    assert evidence.day_first([of("31/12/1990", "12/31/1990")]) is None
    assert of("01067", "1", "2.00E+05", "J\x9frgen").first == {
        evidence.ZERO: [(2, "01067")], evidence.SHORTENED: [(4, "2.00E+05")], evidence.BROKEN: [(5, "J\x9frgen")]}  # fmt: skip
