"""Which day does this text mean? One reader for forms, files and lists; where day and month could be swapped it refuses to guess."""

import datetime
import re
import zoneinfo

from domain.kernel.errors import Ambiguous

DAY, MONTH, DOUBTFUL = "day", "month", "?"
"""What comes first, as far as a text proves it; DOUBTFUL: it could be read both ways."""
YEARS = (1001, 9998)
"""The first and last year of a moment: four digits, and a day away from both ends of the calendar."""
_TWO_ORDERS = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})")
_CLOCK = re.compile(r"(\d{1,2})(?::(\d{2}))?(?::(\d{2})(?:\.\d+)?)?\s*([ap])\.?m\.?", re.IGNORECASE)
_APART = re.compile(r"[T ,]+")


def order(typed: str) -> str:
    """What comes first in the date this text begins with: DAY, MONTH, DOUBTFUL; empty where its notation has one order only."""
    parts = _TWO_ORDERS.fullmatch(_APART.split(typed.strip(), maxsplit=1)[0])
    if parts is None or parts[2] == ".":
        return ""
    first, second = int(parts[1]), int(parts[3])
    if first > 12 or second > 12:
        return DAY if second <= 12 else MONTH if first <= 12 else ""
    return "" if first == second else DOUBTFUL


def day(typed: str, day_first: bool | None = None) -> datetime.date:
    """`2011-12-09`, `9.12.2011` (with points the day comes first everywhere), or `9/12/2011`, with or without a time behind it.

    `day_first`: the order where text alone cannot tell; None: refuse such text. Raises ValueError, or Ambiguous, in words.
    """
    head = _APART.split(typed.strip(), maxsplit=1)[0]
    try:
        if parts := _TWO_ORDERS.fullmatch(head):
            found = order(head)
            if found == DOUBTFUL and day_first is None:
                raise Ambiguous(_doubt(typed, parts))
            days = (found == DAY or parts[2] == ".") if found != DOUBTFUL else bool(day_first)
            first, second, year = int(parts[1]), int(parts[3]), int(parts[4])
            return datetime.date(year, *((second, first) if days else (first, second)))
        return datetime.date.fromisoformat(head.replace("/", "-"))
    except Ambiguous:
        raise
    except ValueError as wrong:
        raise ValueError(f"“{typed[:100]}” is no date. Write it like 1990-06-02.") from wrong


def _doubt(typed: str, parts: re.Match[str]) -> str:
    one, other = (datetime.date(int(parts[4]), int(parts[m]), int(parts[d])).isoformat() for d, m in ((1, 3), (3, 1)))
    return f"“{typed[:100]}” could be {one} or {other}. Write it like {one}."


def moment(typed: str, day_first: bool | None = None, zone: str = "UTC") -> datetime.datetime:
    """A date with a time, in UTC; without an offset it is `zone`'s, without a time midnight. Raises ValueError, or Ambiguous, in words.

    Years that some zone would carry out of the calendar are refused: systems write `0001-01-01` and `9999-12-31` for "never".
    """
    head, *rest = _APART.split(typed.strip(), maxsplit=1)
    the_day = day(head, day_first)
    if not YEARS[0] <= the_day.year <= YEARS[1]:
        raise ValueError(f"“{typed[:100]}” is no time that can be kept. Its year may be {YEARS[0]} to {YEARS[1]}.")
    clock_time = rest[0] if rest else "00:00"
    if parts := _CLOCK.fullmatch(clock_time):
        clock_time = _of_twelve(parts)
    try:
        when = datetime.datetime.fromisoformat(f"{the_day.isoformat()}T{clock_time.replace(' ', '')}")
    except ValueError as wrong:
        raise ValueError(f"“{typed[:100]}” has no time of day that can be read. Write it like 1990-06-02 14:30.") from wrong
    return (when if when.tzinfo else when.replace(tzinfo=zoneinfo.ZoneInfo(zone))).astimezone(datetime.UTC)


def _of_twelve(parts: re.Match[str]) -> str:
    hour = int(parts[1])
    if not 1 <= hour <= 12:
        raise ValueError("There is no such hour before or after noon.")
    hour = hour % 12 + (12 if parts[4].lower() == "p" else 0)
    return f"{hour:02}:{parts[2] or '00'}:{parts[3] or '00'}"
