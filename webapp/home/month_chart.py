"""How is a month drawn beside the last one, and said in words?"""

from domain.insight.home.month import Month, MonthNumber

FEW = 20
"""Below this, a comparison says nothing."""


def top(number: MonthNumber) -> int:
    """What the height of a chart stands for: the highest of all days, now and before."""
    return max(*number.days, *number.before, 1)


def stairs(number: MonthNumber, most: int) -> str:
    """The path of the month before, a step a day."""
    return " ".join(f"{'L' if n else 'M'}{n} {56 - 56 * value / most:.1f} H{n + 1}" for n, value in enumerate(number.before))


def compared(month: Month, number: MonthNumber) -> str:
    """`October 44,870`; says so where there is nothing, or too little, to compare with."""
    name = f"{month.before:%B}"
    if not number.was:
        return f"Nothing in {name}"
    return f"{name} {number.was:,}" if min(number.was, number.total) >= FEW else f"{name} {number.was:,}, too few to compare"
