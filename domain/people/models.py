"""Users, their sessions and their one-time links."""

import datetime
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from domain.base import Base, Identified, Versioned


class User(Identified, Versioned, Base):
    """Somebody with a sign-in. Invited people have no password yet."""

    __tablename__ = "users"
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    password: Mapped[str] = mapped_column(default="")
    """An argon2 hash; empty until the invitation is taken."""
    deactivated_at: Mapped[datetime.datetime | None]
    theme: Mapped[str] = mapped_column(default="")
    zone: Mapped[str] = mapped_column(default="")
    inbox_seen_at: Mapped[datetime.datetime | None]

    __table_args__ = (CheckConstraint("role IN ('admin', 'marketer', 'viewer')", name="role"),)


class UserSession(Identified, Base):
    """One signed-in browser. Revoking the row signs it out at the next request."""

    __tablename__ = "user_sessions"
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    word: Mapped[str] = mapped_column(unique=True)
    """The digest of the random word in the cookie."""
    last_seen_at: Mapped[datetime.datetime]
    revoked_at: Mapped[datetime.datetime | None]
    address: Mapped[str] = mapped_column(default="")
    agent: Mapped[str] = mapped_column(default="")


class OneTimeLink(Identified, Base):
    """An invitation or a password reset: good once, for a time."""

    __tablename__ = "one_time_links"
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str]
    word: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime.datetime]
    used_at: Mapped[datetime.datetime | None]

    __table_args__ = (CheckConstraint("purpose IN ('invite', 'reset')", name="purpose"),)


class SignInFailure(Identified, Base):
    """A wrong password, kept an hour: sign-in slows down by address and by account, whatever happens to Redis."""

    __tablename__ = "sign_in_failures"
    key: Mapped[str]

    __table_args__ = (Index("ix_sign_in_failures_key", "key", "created_at"),)
