"""How are numbers and dates that could be read in two ways asked for? The choices of every page that takes a list."""

from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than its stubs

SIGNS = [
    SelectChoice("", "As the other lines show, else left out"),
    SelectChoice(".", "The point is before decimals: 1,000 is a thousand"),
    SelectChoice(",", "The comma is before decimals: 1.000 is a thousand"),
]
ORDERS = [
    SelectChoice("", "As the other lines show, else left out"),
    SelectChoice("day", "Day first: 2 June"),
    SelectChoice("month", "Month first: 6 February"),
]
