"""What does a kind of campaign say of itself? Everything that pages, messages, the ledger and the API ask of one.

A kind is a module beside this one, named by its key, with `KIND = CampaignKind(…)`, and a template `campaigns/kinds/<key>.html`. Nobody
else compares a campaign's kind with a key: what differs between kinds is a value or a function here.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from domain.incentives.campaigns.draft import Draft
from domain.incentives.codes import pool
from domain.incentives.codes.uses import CodeUse, RecordedUse, record_uses
from domain.tables.incentives import Campaign, Voucher

BLOCKS = ("worth", "dates", "validity", "segment", "join_once", "redemption_limit", "codes", "alert", "metadata")
"""The parts of a campaign's form that kinds share; every form asks for name, description and currency."""


@dataclass(frozen=True)
class Worth:
    """What a code is worth, in three ways of saying it."""

    words: str = ""
    """`15 % off`, for sentences."""
    number: str = ""
    """`15`, for machines."""
    parts: tuple[str, str] = ("", "")
    """(`15 %`, `off`), for a ticket: the number stands large."""


@dataclass(frozen=True)
class KindField:
    """A field that only this kind asks; the answer is kept in the campaign's `settings` under `key`."""

    key: str
    label: str
    about: str = ""
    number: bool = False
    """A whole number, or None where nothing was written; otherwise text."""


@dataclass(frozen=True)
class KindWords:
    """What the pages call it: `New campaign`, `Edit Autumn`, and what the buttons and the notice after saving say."""

    new: str
    make: str
    edit: str = "Edit"
    save: str = "Save the campaign"
    saved: str = "The campaign is saved."


def no_mistakes(session: Session, draft: Draft) -> Iterable[tuple[str, str]]:
    """Nothing of its own can be wrong."""
    return ()


def nothing_keeps_it(session: Session, campaign: Campaign) -> str:
    """Nothing of its own keeps it from being deleted."""
    return ""


def no_facts(campaign: Campaign) -> Mapping[str, str]:
    """Messages learn nothing."""
    return {}


def no_worth(campaign: Campaign, voucher: Voucher | None) -> Worth:
    """There is no code that could be worth something."""
    return Worth()


def no_api_shape(campaign: Campaign, voucher: Voucher | None) -> dict[str, Any]:
    """A code of it says nothing of its own in the API."""
    return {}


def no_discount(campaign: Campaign, voucher: Voucher) -> dict[str, Any] | None:
    """Nothing is taken off an order."""
    return None


@dataclass(frozen=True)
class CampaignKind:
    """One kind of campaign."""

    key: str
    """As stored in `campaigns.kind`; the module's name."""
    label: str
    """The tab of the list, and the heading of its section in the documentation: `Unique codes`."""
    about: str
    """A line for those who choose between the kinds; it stands above the form."""
    icon: str
    position: int
    """Its place among the kinds; the lowest is what somebody gets who asks for a campaign and says no more."""
    words: KindWords
    example: Mapping[str, str]
    """A right form, by field: shown in the empty fields of its name and of `fields`; the test that asks every kind makes and deletes it."""

    no_codes: str = ""
    """Why it gives no codes, said after its name: `is a promotion: it has tiers, not codes.` Empty: it gives codes."""
    has_pool: bool = True
    """Whether codes are made or imported ahead of time, so that a forecast says when they run out. Only with codes."""

    asks: tuple[str, ...] = ()
    """Which of BLOCKS its form has. What is not asked keeps the default of Draft."""
    fields: tuple[KindField, ...] = ()
    promised: tuple[str, ...] = ()
    """Fields of Draft that stay as they are once a code was given, because its holder was promised them."""
    worth_field: str = ""
    """The field of the form that shows a refused change of what was promised."""
    mistakes: Callable[[Session, Draft], Iterable[tuple[str, str]]] = no_mistakes
    """(field of the form, sentence with the remedy) for whatever of its own is wrong with a draft."""

    worth: Callable[[Campaign, Voucher | None], Worth] = no_worth
    """What this code is worth now; without a code, what one is worth that is given now."""
    phrases: Callable[[Campaign], Sequence[str]] = lambda campaign: ()
    """The parts of its sentence between commas; the first says what it is worth, and `for members of …` follows that."""
    facts: Callable[[Campaign], Mapping[str, str]] = no_facts
    """What messages know of each of its codes, by the name behind `voucher.`; `discount`, in words, is what new messages begin with."""

    campaign_type: str = ""
    """As the API calls it: `DISCOUNT_COUPONS`."""
    voucher_type: str = ""
    """As the API calls its codes: `DISCOUNT_VOUCHER`. Only with codes."""
    api_shape: Callable[[Campaign, Voucher | None], dict[str, Any]] = no_api_shape
    """The part of a code's shape in the API that says what it is worth: `discount`, `gift` or `loyalty_card`."""

    discount: Callable[[Campaign, Voucher], dict[str, Any] | None] = no_discount
    """What one of its codes takes off an order, as `domain.incentives.pricing` reads it; None: nothing."""
    published: Callable[[Session, Sequence[uuid.UUID]], None] | None = None
    """What follows for these new publications of its codes, in their transaction, beyond the ledger's own entries."""
    redeem: Callable[[Session, Campaign, Sequence[CodeUse], uuid.UUID | None], Sequence[RecordedUse]] = record_uses
    """Take in uses of its codes, the codes being locked; those that were new. The last argument is the file that told of them."""
    kept_by: Callable[[Session, Campaign], str] = nothing_keeps_it
    """Why a campaign cannot be deleted for a reason only this kind has, in words; empty where it can."""
    discard: Callable[[Session, Campaign], None] = pool.discard
    """Delete what belongs to a campaign of this kind, just before the campaign itself."""
    missing: bool = False
    """Its module is not here: stored campaigns are shown, and give, change and lose nothing."""

    @property
    def has_codes(self) -> bool:
        """Whether it gives codes."""
        return not self.no_codes
