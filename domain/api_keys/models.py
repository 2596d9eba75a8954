"""A key of the API, and the calls it made in the running minute and day."""

import datetime
import uuid

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from domain.base import Base, Identified

VERBS = ("read", "publish")
"""`read`: list publications and what a customer can redeem. `publish`: give a code."""


class ApiKey(Identified, Base):
    """What a program shows to be let in. Only the digest of its token is kept; the token itself is shown once."""

    __tablename__ = "api_keys"
    name: Mapped[str]
    app_id: Mapped[str] = mapped_column(unique=True)
    token_digest: Mapped[str] = mapped_column(unique=True)
    platform: Mapped[str] = mapped_column(default="")
    """The platform an integration key is for (`braze`, `iterable`, …); such keys may publish by GET. Empty: a server of the owner's."""
    verbs: Mapped[list[str]]
    campaigns: Mapped[list[str]] = mapped_column(default=list)
    """Ids (as text) of the campaigns it may publish from; empty: all."""
    addresses: Mapped[list[str]] = mapped_column(default=list)
    """CIDR ranges it may call from; empty: anywhere."""
    per_minute: Mapped[int] = mapped_column(default=2000)
    codes_per_day: Mapped[int | None]
    may_create_customers: Mapped[bool] = mapped_column(default=False)
    fallback_code: Mapped[str] = mapped_column(default="")
    """A shared code that is answered when a pool is dry; empty: the answer is an error."""
    created_by: Mapped[str] = mapped_column(default="")
    last_used_at: Mapped[datetime.datetime | None]
    revoked_at: Mapped[datetime.datetime | None]


class Window(Base):
    """How much a key has taken of a running span: calls of this minute, codes of this day."""

    __tablename__ = "api_key_windows"
    key_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("api_keys.id", ondelete="CASCADE"), primary_key=True)
    span: Mapped[str] = mapped_column(primary_key=True)
    begins_at: Mapped[datetime.datetime]
    taken: Mapped[int]

    __table_args__ = (CheckConstraint("span IN ('minute', 'day')", name="span"),)
