"""Which variables may a message use? The list behind the chips of the editor, and the check behind every refusal.

What can be said about a customer is not listed here: `domain.customers.facts.variables` knows, and is handed in.
"""

import difflib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from liquid.static_analysis import Variable as Used

from domain.messages.compile import compile_part, parse
from domain.messages.liquid.escaping import OutputContext
from domain.messages.liquid.language import language
from domain.messages.liquid.places import TemplateError
from domain.messages.payload import compile_payload


@dataclass(frozen=True)
class Variable:
    """`path` as it is written between braces, `label` as the chip says it, `fallback` as it is proposed where it may be missing."""

    path: str
    label: str
    needs: str = ""
    """`voucher`, `promotion` or `segment`: only where the message has one."""
    fallback: str = ""
    by_kind: bool = False
    """Only some kinds of campaigns tell it of their codes: those that have it among their `facts`."""


VARIABLES = (
    Variable("voucher.code", "code", "voucher"),
    Variable("voucher.discount", "discount", "voucher"),
    Variable("voucher.expires", "voucher, end date", "voucher", fallback="further notice"),
    Variable("voucher.value", "discount as a number", "voucher", by_kind=True),
    Variable("voucher.qr", "QR picture, address", "voucher"),
    Variable("voucher.barcode", "barcode picture, address", "voucher"),
    Variable("voucher.published", "voucher, given on", "voucher"),
    Variable("campaign.name", "campaign", "voucher"),
    Variable("campaign.description", "campaign, description", "voucher"),
    Variable("promotion.name", "promotion", "promotion"),
    Variable("promotion.id", "promotion, id", "promotion"),
    Variable("promotion.banner", "promotion, banner", "promotion"),
    Variable("promotion.discount", "discount", "promotion"),
    Variable("promotion.expires", "promotion, end date", "promotion", fallback="further notice"),
    Variable("segment.name", "segment", "segment"),
    Variable("brand.name", "brand"),
    Variable("distribution.name", "distribution"),
    Variable("distribution.id", "distribution, id"),
    Variable("event.at", "when it happened"),
    Variable("brand.address", "postal address"),
    Variable("links.shop", "link to the shop", fallback=""),
    Variable("links.unsubscribe", "unsubscribe link"),
    Variable("links.preferences", "what we may send, link"),
)


def known(has: Iterable[str], customer: Sequence[Variable], of_code: Collection[str] | None = None) -> tuple[Variable, ...]:
    """The variables of a message that `has` some of `voucher`, `promotion`, `segment`, and those that are about its `customer`.

    `of_code`: what the campaign's kind tells of its codes; None: whatever any kind tells.
    """
    given = {"", *has}
    told = (v for v in VARIABLES if not v.by_kind or of_code is None or v.path.partition(".")[2] in of_code)
    return (*customer, *(v for v in told if v.needs in given))


def mistakes(source: str, place: OutputContext, allowed: Sequence[Variable]) -> list[str]:
    """What is wrong with this part, in words for the marketer: syntax, unknown variables and filters, variables in a wrong place."""
    try:
        if place is OutputContext.JSON:
            leaves = [leaf.parsed.template for leaf in compile_payload(source).leaves]
        else:
            compile_part(source, place)
            leaves = [parse(source).template]
    except TemplateError as wrong:
        return [str(wrong)]
    found: list[str] = []
    for leaf in leaves:
        seen = leaf.analyze()
        used = [one for ones in seen.globals.values() for one in ones]
        found += [sentence for one in used if (sentence := _unknown(one, allowed))]
        found += [f"There is no filter “{name}”." for name in seen.filters if name not in language().filters]
    return list(dict.fromkeys(found))


def _unknown(used: Used, allowed: Sequence[Variable]) -> str | None:
    paths = {v.path for v in allowed}
    written = str(used)
    if written in paths or any(path.startswith(f"{written}.") for path in paths if written.count(".") > 0):
        return None
    elsewhere = next((v for v in VARIABLES if v.path == written), None)
    if elsewhere is not None:
        return f"{{{{ {written} }}}} is only there when the message carries a {elsewhere.needs}."
    near = difflib.get_close_matches(written, paths, n=1, cutoff=0.5)
    return f"There is no variable {{{{ {written} }}}}." + (f" Did you mean {{{{ {near[0]} }}}}?" if near else "")
