"""What does an order look like when some units of a thing are free? They are added to it, or those that are there cost nothing."""

from dataclasses import replace

from domain.incentives.pricing.cart import Cart, Line, Thing


def give_free(cart: Cart, thing: Thing, units: int, *, only_missing: bool = False) -> Cart:
    """The order with these units free. `only_missing`: pieces that are in it already are made free first, and the rest added."""
    at = next((n for n, line in enumerate(cart.lines) if line.names & thing.names), None)
    if at is None:
        return cart.with_lines((*cart.lines, _added(cart, thing, units)))
    line = cart.lines[at]
    there = min(units, max(0, line.quantity - line.free)) if only_missing else 0
    changed = _more(_free(line, there), units - there, thing)
    return cart.with_lines((*cart.lines[:at], changed, *cart.lines[at + 1 :]))


def _added(cart: Cart, thing: Thing, units: int) -> Line:
    """A line of its own. Where lines do not say what the order comes to, this one does not either."""
    price = thing.price if cart.is_priced or not cart.said else None
    amount = None if price is None else price * units
    return Line(amount, units, price, discount=amount or 0, free=units, added=units, names=thing.names, thing=thing)


def _free(line: Line, units: int) -> Line:
    """Some of its pieces cost nothing."""
    if not units:
        return line
    each = line.price if line.price is not None else (line.amount or 0) // max(1, line.quantity)
    return replace(line, discount=line.discount + min(line.left, each * units), free=line.free + units)


def _more(line: Line, units: int, thing: Thing) -> Line:
    """More pieces of the same, which cost nothing."""
    if not units:
        return line
    each = line.price if line.price is not None else thing.price or 0
    amount = None if line.amount is None else line.amount + each * units
    discount = line.discount if amount is None else line.discount + each * units
    return replace(line, quantity=line.quantity + units, amount=amount, discount=discount, free=line.free + units, added=line.added + units)
