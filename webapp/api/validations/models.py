"""What is sent where codes and promotions are validated or redeemed?"""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from domain.incentives.redemptions.asked import MOST
from webapp.api.fields import ApiInput, Metadata, Word
from webapp.api.named import CustomerGiven
from webapp.api.orders.models import OrderGiven

MOST_TTL = 10**12


def _many(value: Any) -> Any:
    """One alone may stand without brackets."""
    return [value] if isinstance(value, dict) else value


def _none_if_empty(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def _no_flag(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("is a number")
    return value


Ttl = Annotated[Annotated[float, Field(ge=0, le=MOST_TTL), BeforeValidator(_no_flag)] | None, BeforeValidator(_none_if_empty)]


class RedeemableGiven(ApiInput):
    """A code, or a promotion by its id."""

    object: Literal["voucher", "promotion_tier"] = "voucher"
    id: Word = None


class SessionGiven(ApiInput):
    """A use is kept for this basket, a week unless `ttl` says otherwise."""

    key: Word = None
    type: Literal["LOCK"] = "LOCK"
    ttl: Ttl = None
    ttl_unit: Literal["NANOSECONDS", "MICROSECONDS", "MILLISECONDS", "SECONDS", "MINUTES", "HOURS", "DAYS"] = "DAYS"


class RedemptionGiven(ApiInput):
    """What is to be redeemed, in this order, on which order and by whom."""

    redeemables: Annotated[list[RedeemableGiven] | None, Field(max_length=MOST), BeforeValidator(_many)] = None
    order: OrderGiven | None = None
    customer: CustomerGiven | None = None
    session: SessionGiven | None = None
    tracking_id: Word = None
    metadata: Metadata | None = None
