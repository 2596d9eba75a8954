"""What has the bakery sent in the last three months, to whom, and with which codes? A table; words only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True)
class PastCampaign:
    """Codes that were given. `spare` lie in the pool still; `used` is the share of those who clicked that came to the shop with it."""

    name: str
    discount: dict[str, Any]
    description: str
    pattern: str
    ended: int | None
    """Days ago; None: it goes on."""
    spare: int
    used: float


@dataclass(frozen=True)
class PastSend:
    """A distribution that is over. `wrote_to` says of a customer whether they were meant."""

    name: str
    began: int
    """Days ago."""
    segment: str
    wrote_to: Callable[[Row], bool]
    subject: str
    words: str
    campaign: PastCampaign | None = None
    ended: int | None = None
    """Of one that was live: until so many days ago. None: it was sent once."""

    @property
    def live(self) -> bool:
        """Whether it stayed live, rather than being sent once."""
        return self.ended is not None


def _orders(row: Row) -> int:
    return int(row["details"]["orders"])


_HELLO = "Hello {{ customer.first_name | default: 'there' }},\n\n"
_CODE = "\n\nYour code: {{ voucher.code }}\n\nSee you soon,\neveryone at {{ brand.name }}\n"
_BYE = "\n\nSee you soon,\neveryone at {{ brand.name }}\n"

SENDS = (
    PastSend(
        "First coffee is on us", 90, "New members", lambda row: True, "Come in, the coffee is on us",
        _HELLO + "good to have you. Your first coffee is on us: {{ voucher.discount }}." + _CODE,
        PastCampaign("First coffee", {"type": "amount", "minor": 320}, "A coffee for whoever is new.", "CUP-########", None, 420, 0.7),
        ended=2,
    ),
    PastSend(
        "Harvest picnic", 83, "Has ordered", lambda row: _orders(row) >= 1, "{{ customer.first_name | default: 'You' }}, pack a basket",
        _HELLO + "the fields are golden and so is the crust. {{ voucher.discount }} a whole basket, for ten days." + _CODE,
        PastCampaign("Harvest picnic", {"type": "percent", "percent": 20}, "Off a whole basket.", "PICNIC-########", 60, 0, 0.45),
    ),
    PastSend(
        "A rye with a story", 61, "Has ordered", lambda row: _orders(row) >= 1, "A rye with a story",
        _HELLO + "our oldest sourdough turns twelve. Come and taste the loaf we bake from it." + _BYE,
    ),
    PastSend(
        "Rye Club evening", 40, "Silver and gold", lambda row: row["details"].get("tier") in {"Silver", "Gold"}, "An evening for the club",
        _HELLO + "for you who come often: {{ voucher.discount }} everything on the club’s evening." + _CODE,
        PastCampaign("Rye Club evening", {"type": "percent", "percent": 25}, "For silver and gold.", "CLUB-########", 20, 0, 0.6),
    ),
    PastSend(
        "News from the oven", 19, "Has ordered", lambda row: _orders(row) >= 1, "News from the oven",
        _HELLO + "the stollen season begins, and we open at six on Saturdays." + _BYE,
    ),
    PastSend(
        "Cinnamon week", 6, "Bristol regulars", lambda row: row["city"] == "Bristol" and _orders(row) >= 2, "A week of cinnamon buns",
        _HELLO + "a week of buns, warm at eight. {{ voucher.discount }} yours." + _CODE,
        PastCampaign("Cinnamon week", {"type": "amount", "minor": 150}, "A bun for regulars in Bristol.", "BUN-########", None, 900, 0.35),
    ),
)  # fmt: skip
