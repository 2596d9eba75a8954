"""Make, change and take away products and SKUs, as people and programs say."""

from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.journal import audit
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, new_id, outside
from domain.kernel.errors import Refused
from domain.tables.shop import Product, Sku

Row = TypeVar("Row", Product, Sku)
NOUNS: dict[type, tuple[str, Prefix]] = {Product: ("product", Prefix.PRODUCT), Sku: ("SKU", Prefix.SKU)}


def keep(session: Session, actor: Actor, row: Row | None, new: Row, said: dict[str, Any]) -> Row:
    """Change `row` to what is said, or write `new` with it: the one that has its `source_id`, where there is one already.

    Metadata is put to what it has; None takes a name away. Raises Refused where a SKU of this key belongs to another product.
    """
    if row is None:
        row = _with_key(session, type(new), said.get("source_id"))
    if row is None:
        row = _written(session, actor, new, said)
    if isinstance(row, Sku) and isinstance(new, Sku) and row.product_id != new.product_id:
        raise Refused({"source_id": "belongs to a SKU of another product. Leave it out, or name that product."})
    changed = {name: value for name, value in _merged(row, said).items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    if changed:
        row.updated_at, row.updated_by, row.row_version = clock.now(session), actor.name, row.row_version + 1
        _flush(session)
        _audit(session, actor, "edit", row, after={"changed": sorted(changed)})
    return row


def _with_key(session: Session, table: type[Row], source_id: str | None) -> Row | None:
    return session.scalars(select(table).where(table.source_id == source_id)).one_or_none() if source_id else None


def _written(session: Session, actor: Actor, new: Row, said: dict[str, Any]) -> Row:
    now = clock.now(session)
    new.id, new.created_at, new.updated_at, new.updated_by, new.details = new_id(), now, now, actor.name, {}
    new.source_id, new.attributes = said.get("source_id"), [] if isinstance(new, Product) else {}
    try:
        with session.begin_nested():
            session.add(new)
            session.flush()
    except IntegrityError:  # somebody else just made it
        return session.scalars(select(type(new)).where(type(new).source_id == said.get("source_id"))).one()
    _audit(session, actor, "create", new)
    return new


def _merged(row: Product | Sku, said: dict[str, Any]) -> dict[str, Any]:
    given = dict(said)
    if "details" in given:
        given["details"] = {key: value for key, value in (row.details | (given["details"] or {})).items() if value is not None}
    return given


def _flush(session: Session) -> None:
    try:
        session.flush()
    except IntegrityError as taken:
        raise Refused({"source_id": "is taken by another one. Choose another key."}) from taken


def delete(session: Session, actor: Actor, row: Product | Sku) -> None:
    """Take it away, a product with its SKUs. Orders keep what it was called and cost."""
    _audit(session, actor, "delete", row)
    session.delete(row)
    session.flush()


def _audit(session: Session, actor: Actor, verb: str, row: Product | Sku, **more: Any) -> None:
    noun, prefix = NOUNS[type(row)]
    name = row.name if isinstance(row, Product) else row.sku
    audit.record(session, actor, f"{verb} {noun}", outside(prefix, row.id), name, **more)
