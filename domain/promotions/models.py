"""A tier of a promotion campaign."""

import datetime
import uuid
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.base import Base, Identified, Versioned


class Tier(Identified, Versioned, Base):
    """One promotion of a campaign of kind `promotion`; a lower `position` is applied first."""

    __tablename__ = "promotion_tiers"
    campaign_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("campaigns.id"))
    name: Mapped[str]
    banner: Mapped[str] = mapped_column(default="")
    """The sentence shown to customers."""
    discount: Mapped[dict[str, Any]]
    position: Mapped[int]
    starts_at: Mapped[datetime.datetime | None]
    ends_at: Mapped[datetime.datetime | None]
    rule_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("rules.id"))
    active: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (UniqueConstraint("campaign_id", "name"),)
