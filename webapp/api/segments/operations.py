"""Segments: POST and GET /v1/segments, and one of them."""

import uuid
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.customers.identify.match import owners
from domain.customers.segments import create, delete, members
from domain.kernel.base import Prefix, folded, inside, outside
from domain.kernel.errors import Refused
from domain.tables.customers import Customer, Segment
from webapp.api import listing
from webapp.api.actors import actor
from webapp.api.door.errors import Refusal, not_found, wrong
from webapp.api.fields import ApiAnswer, ApiInput, Metadata, Text, Word
from webapp.api.listing import Rows
from webapp.api.operation import ApiCall, Nothing, operation
from webapp.api.products.models import Asked
from webapp.api.segments import as_filter
from webapp.api.shapes.voucher import moment
from webapp.database import db

ONE = "/v1/segments/{segmentId}"
BODY_LIMIT = 1 << 20
ORDERS: dict[str, Any] = {"created_at": Segment.created_at, "updated_at": Segment.updated_at, "name": Segment.name_key, "id": Segment.id}
SYNC = {"syncing": "IN_PROGRESS", "synced": "DONE", "failed": "FAILED"}


def _type(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


class SegmentGiven(ApiInput):
    """A segment: `static` with `customers`, our ids or yours, or `auto-update` with a `filter`. `passive` is kept up to date, too."""

    name: Word = None
    type: Annotated[Literal["static", "auto-update", "passive"] | None, BeforeValidator(_type)] = None
    customers: Annotated[list[Text], Field(max_length=members.MOST)] | None = None
    filter: Metadata | None = None


class SegmentShape(ApiAnswer):
    """A segment. `filter` is null for a list, and where the condition says what filters cannot."""

    id: str
    name: str
    created_at: str | None
    updated_at: str | None
    type: Literal["static", "auto-update"]
    filter: dict[str, Any] | None
    initial_sync_status: str
    object: Literal["segment"]


class SegmentList(ApiAnswer):
    """A page of segments."""

    object: Literal["list"]
    data_ref: Literal["data"]
    data: list[SegmentShape]
    total: int


@operation("POST", "/v1/segments", verb="customers", query=Nothing, body=SegmentGiven, answers=SegmentShape, body_limit=BODY_LIMIT)
def create_segment(call: ApiCall[Nothing, SegmentGiven]) -> SegmentShape:
    """A new segment. With a filter, its members are looked for in the background, and kept up to date."""
    session, given = db.session(), call.body
    condition = as_filter.condition(given.filter) if given.filter else None
    if condition is None and given.type not in {None, "static"}:
        raise wrong("invalid_payload", "filter is missing: it says who is in a segment of this type.")
    if condition is not None and given.type == "static":
        raise wrong("invalid_payload", "filter: a static segment has customers. Leave it out, or choose auto-update.")
    try:
        if condition is None:
            made = create.manual(session, actor(call.caller), given.name or "", _customers(session, given.customers or []))
        else:
            made = create.dynamic(session, actor(call.caller), given.name or "", condition)
    except Refused as why:
        raise _refusal(why, condition) from why
    session.commit()
    return _shape(made)


@operation("GET", "/v1/segments", verb="customers", query=Asked, body=Nothing, answers=SegmentList)
def list_segments(call: ApiCall[Asked, Nothing]) -> SegmentList:
    """Segments, newest first."""
    session, asked = db.session(), call.query
    query: Rows = select(Segment)
    total = listing.total(session, query, Segment.id)
    ordered = query.order_by(*listing.order(asked.order or "-created_at", ORDERS, Segment.id))
    rows = session.scalars(ordered.limit(asked.limit).offset((asked.page - 1) * asked.limit))
    return SegmentList(object="list", data_ref="data", data=[_shape(one) for one in rows], total=total)


@operation("GET", ONE, verb="customers", query=Nothing, body=Nothing, answers=SegmentShape)
def get_segment(call: ApiCall[Nothing, Nothing]) -> SegmentShape:
    """One segment, by its id or its name."""
    return _shape(_found(db.session(), call.path["segmentId"]))


@operation("DELETE", ONE, verb="customers", query=Nothing, body=Nothing, answers=Nothing)
def delete_segment(call: ApiCall[Nothing, Nothing]) -> Nothing:
    """Delete a segment; its customers stay. Refused while something uses it, and says what."""
    session = db.session()
    try:
        delete.delete(session, actor(call.caller), _found(session, call.path["segmentId"]))
    except Refused as why:
        raise _refusal(why, None) from why
    session.commit()
    return Nothing()


def _found(session: Session, text: str) -> Segment:
    id = inside(Prefix.SEGMENT, text)
    one = session.scalars(select(Segment).where(Segment.id == id if id else Segment.name_key == folded(text))).one_or_none()
    if one is None:
        raise not_found("segment", text)
    return one


def _customers(session: Session, given: list[str]) -> list[uuid.UUID]:
    """Who is named, all of them. Raises Refusal with those that nobody is known by."""
    ours = {text: id for text in given if (id := inside(Prefix.CUSTOMER, text))}
    living = set(session.scalars(select(Customer.id).where(Customer.id.in_(ours.values()), Customer.erased_at.is_(None))))
    theirs = owners(session, [text for text in given if text not in ours])
    found = {text: ({ours[text]} & living) if text in ours else theirs[text] for text in given}
    if unknown := [text for text, ids in found.items() if len(ids) != 1]:
        raise wrong("invalid_payload", f"customers: nobody, or more than one, is known by {', '.join(unknown[:20])}.")
    return list(dict.fromkeys(next(iter(ids)) for ids in found.values()))


def _refusal(why: Refused, condition: dict[str, Any] | None) -> Refusal:
    def named(field: str) -> str:
        head, _, path = field.partition(".")
        return f"filter.{as_filter.by_field(condition, path)}".rstrip(".") if head == "rules" and condition else field

    told = "; ".join(f"{named(field)}: {words}" if field else words for field, words in why.mistakes.items())
    return wrong("invalid_payload", told)


def _shape(one: Segment) -> SegmentShape:
    return SegmentShape(
        id=outside(Prefix.SEGMENT, one.id),
        name=one.name,
        created_at=moment(one.created_at),
        updated_at=moment(one.updated_at),
        type="static" if one.kind == "manual" else "auto-update",
        filter=as_filter.written(one.condition),
        initial_sync_status=SYNC[one.sync],
        object="segment",
    )
