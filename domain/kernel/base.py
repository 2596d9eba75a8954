"""What do all tables have in common? Names of constraints, types of columns, and ids that sort by time."""

import datetime
import enum
import uuid
from collections.abc import Iterable
from typing import Any

import uuid_utils.compat
from sqlalchemy import DateTime, MetaData, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry

from domain.kernel.text.folding import fold

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The parent of every model; handed to Flask-SQLAlchemy too, so that there is one set of tables."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={
            str: Text(),
            uuid.UUID: Uuid(),
            datetime.datetime: DateTime(timezone=True),
            dict[str, Any]: JSONB(),
            list[Any]: JSONB(),
            list[str]: ARRAY(Text()),
        },
    )
    """Said here rather than on the class, because Flask-SQLAlchemy makes a class of its own from this one."""


def new_id() -> uuid.UUID:
    """A UUIDv7: sorts by the time it was made, so that keyset pages and indexes stay in order."""
    return uuid_utils.compat.uuid7()


def made_at(id: uuid.UUID) -> datetime.datetime:
    """When a UUIDv7 was made."""
    return datetime.datetime.fromtimestamp((id.int >> 80) / 1000, datetime.UTC)


def first_id(at: datetime.datetime) -> uuid.UUID:
    """The least UUIDv7 that can have been made then: what was made since has a greater one."""
    return uuid.UUID(int=int(at.timestamp() * 1000) << 80)


def array(ids: Iterable[uuid.UUID]) -> str:
    """Ids as PostgreSQL writes an array, for `CAST(:ids AS uuid[])`: ten times cheaper than a list that is adapted item by item."""
    return "{" + ",".join(map(str, ids)) + "}"


class Prefix(enum.StrEnum):
    """How an id begins at the edge (pages, API, exports); inside it is a bare UUID."""

    CUSTOMER = "cust"
    SEGMENT = "seg"
    CAMPAIGN = "camp"
    VOUCHER = "v"
    TIER = "promo"
    PUBLICATION = "pub"
    HOLDER = "rh"
    PERMISSION = "perm"
    CONNECTION = "conn"
    DISTRIBUTION = "distr"
    RECIPIENT = "rcpt"
    DELIVERY = "dlv"
    IMPORT = "imp"
    USER = "user"
    RULE = "val"
    NOTICE = "note"
    ORDER = "ord"
    ORDER_ITEM = "ordli"
    PRODUCT = "prod"
    SKU = "sku"
    EVENT_SCHEMA = "ms"
    PICTURE = "pic"
    TEMPLATE = "tpl"
    ASYNC_ACTION = "aa"
    EXPORT = "exp"
    REDEMPTION = "r"
    ROLLBACK = "rr"
    ASSIGNMENT = "asgm"


def outside(prefix: Prefix, id: uuid.UUID) -> str:
    """The id as people and programs outside see it: `cust_0192…`."""
    return f"{prefix}_{id.hex}"


def inside(prefix: Prefix, text: str) -> uuid.UUID | None:
    """The UUID of an outside id, or None where it is not one of this kind."""
    head, _, tail = text.rpartition("_")
    if head != prefix or len(tail) != 32:
        return None
    try:
        return uuid.UUID(hex=tail)
    except ValueError:
        return None


def folded(name: str) -> str:
    """How names are compared: case folded, white space collapsed. Two distributions may not differ only in that."""
    return " ".join(fold(name).split())


class Identified:
    """A row with a UUIDv7 and the time it was made."""

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    created_at: Mapped[datetime.datetime]


class Versioned:
    """A row that people edit: `row_version` travels through the form, so that nobody overwrites what another just saved."""

    row_version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime.datetime]
    updated_by: Mapped[str] = mapped_column(default="")
