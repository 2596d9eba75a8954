"""The installation itself: its project and senders, the people who sign in, and the keys of its API."""

import datetime
import uuid
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

import settings
from domain.kernel import clock
from domain.kernel.base import Base, Identified, Versioned

VERBS = ("read", "publish", "shop", "customers", "campaigns", "manage")
"""`read`: list publications and what a customer can redeem. `publish`: give a code. `shop`: report and read what happens in the shop, as
orders, products and custom events. `customers`: read, write and forget customers and segments. `campaigns`: make and change campaigns.
`manage`: say which custom events there are."""


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


class CallWindow(Base):
    """How much a key has taken of a running span: calls of this minute, codes of this day."""

    __tablename__ = "api_key_windows"
    key_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("api_keys.id", ondelete="CASCADE"), primary_key=True)
    span: Mapped[str] = mapped_column(primary_key=True)
    begins_at: Mapped[datetime.datetime]
    taken: Mapped[int]

    __table_args__ = (CheckConstraint("span IN ('minute', 'day')", name="span"),)


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
    """One browser. Revoking the row signs it out at the next request."""

    __tablename__ = "user_sessions"
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    word: Mapped[str] = mapped_column(unique=True)
    """The digest of the random word in the cookie."""
    last_seen_at: Mapped[datetime.datetime]
    revoked_at: Mapped[datetime.datetime | None]
    address: Mapped[str] = mapped_column(default="")
    agent: Mapped[str] = mapped_column(default="")
    waits_for_code: Mapped[bool] = mapped_column(default=False)
    """The password was right and the second factor is still asked for: nobody is signed in yet."""


class OneTimeLink(Identified, Base):
    """An invitation or a password reset: good once, for a time."""

    __tablename__ = "one_time_links"
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str]
    word: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime.datetime]
    used_at: Mapped[datetime.datetime | None]

    __table_args__ = (CheckConstraint("purpose IN ('invite', 'reset')", name="purpose"),)


class SecondFactor(Base):
    """The secret that a person's authenticator app and we share; it counts once a code of it was entered."""

    __tablename__ = "second_factors"
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[bytes]
    """Encrypted with the ring of keys."""
    created_at: Mapped[datetime.datetime]
    confirmed_at: Mapped[datetime.datetime | None]
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    """The latest step of 30 seconds whose code was taken; neither it nor an earlier one is taken again."""


class RecoveryCode(Identified, Base):
    """Lets its person in once in place of a code; only the digest is kept."""

    __tablename__ = "recovery_codes"
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    code: Mapped[str] = mapped_column(unique=True)
    used_at: Mapped[datetime.datetime | None]


class Tries(Base):
    """How often something was tried of late, and when it may be tried again."""

    __tablename__ = "tries"
    key: Mapped[str] = mapped_column(primary_key=True)
    """What is tried, and the digest of by whom or about whom."""
    count: Mapped[int]
    last_at: Mapped[datetime.datetime] = mapped_column(index=True)
    free_at: Mapped[datetime.datetime]


class Project(Versioned, Base):
    """One row. Everything a message or a date needs to know about its sender."""

    __tablename__ = "project"
    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    brand: Mapped[str] = mapped_column(default="")
    public_url: Mapped[str] = mapped_column(default="")
    """Where customers reach this installation; links in messages begin with it, never with a Host header. No slash at the end."""
    postal_address: Mapped[str] = mapped_column(default="")
    zone: Mapped[str] = mapped_column(default="UTC")
    currency: Mapped[str] = mapped_column(default="EUR")
    dial_code: Mapped[str] = mapped_column(default="")
    """The country, as two letters (`GB`), whose dial code a phone number without one is given."""
    notice_addresses: Mapped[list[str]] = mapped_column(default=list)
    system_connection_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("connections.id"))
    """The connection for account mail and notices; None: one-time links are shown to the inviter instead."""
    shop_link: Mapped[str] = mapped_column(default="")
    """A Liquid pattern such as `https://shop.example/?code={{ voucher.code }}`."""
    send_delay_minutes: Mapped[int] = mapped_column(default=10)
    default_permission_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("permissions.id"))
    second_factor_required: Mapped[bool] = mapped_column(default=False)
    """Whether everybody who signs in must have a second factor."""
    mail_look: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    """How mails look that are begun here, and their logo: `domain.workspace.project.mail_look`."""
    last_seen_at: Mapped[datetime.datetime | None]
    """The clock's heartbeat: a gap of an hour holds what is due until a person confirms."""
    retention: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    """Months that history is kept, where the project chose: `domain.workspace.project.retention`."""
    inbox_emptied_at: Mapped[datetime.datetime | None]
    """The sandbox inbox shows what came later."""
    data_mark: Mapped[str] = mapped_column(default="")
    """A random word also kept under LARGESSE_DATA; where they differ, this database is a restored copy."""

    __table_args__ = (CheckConstraint("id = 1", name="one"),)


class Sender(Identified, Base):
    """An address that messages may come from."""

    __tablename__ = "senders"
    name: Mapped[str]
    email: Mapped[str]
    reply_to: Mapped[str] = mapped_column(default="")
    is_default: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (Index("uq_senders_default", "is_default", unique=True, postgresql_where=text("is_default")),)


def current_project(session: Session) -> Project:
    """The project of this installation."""
    project = session.get(Project, 1)
    if project is None:
        session.execute(insert(Project).values(id=1, updated_at=clock.now(session)).on_conflict_do_nothing())
        project = session.get_one(Project, 1)
    return project


def public_url(project: Project) -> str:
    """Where people reach this installation, without a slash at the end: what the project says, or this machine while it says nothing."""
    return project.public_url or f"http://127.0.0.1:{settings.current().port}"


def senders_of_project(session: Session) -> list[Sender]:
    """The addresses that messages may come from, the default one first."""
    return list(session.scalars(select(Sender).order_by(Sender.is_default.desc(), Sender.id)))
