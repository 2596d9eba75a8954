"""Who and what is meant? Campaigns by id or name, customers by id, the owner's own id, or an e-mail address that only one has."""

import uuid
from typing import Any

from sqlalchemy import ColumnElement, func, select

from domain.customers.profiles import as_json, create
from domain.customers.profiles import input as facts
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, folded, inside
from domain.kernel.errors import Refused
from domain.tables.customers import Customer
from domain.tables.incentives import Campaign
from domain.tables.workspace import ApiKey
from webapp.api.errors import Refusal, not_found, wrong
from webapp.database import db


def campaign(given: object, key: ApiKey) -> Campaign:
    """The campaign of a string (id or name) or an object with `id` or `name`. Raises Refusal."""
    text = _word(given, "id", "name")
    if not text:
        raise wrong("missing_vouchers", "Either campaign or voucher is required.")
    id = inside(Prefix.CAMPAIGN, text) or _uuid(text)
    where: ColumnElement[bool] = Campaign.id == id if id else Campaign.name_key == folded(text)
    found = db.session.scalars(select(Campaign).where(where)).one_or_none()
    if found is None:
        raise not_found("campaign", text)
    if key.campaigns and str(found.id) not in key.campaigns:
        raise Refusal(403, "forbidden", "Forbidden", "This key may not give codes of this campaign.")
    return found


def customer(given: object) -> Customer | None:
    """The customer of a string or an object; an `id` is asked before a `source_id`, and that before an e-mail address."""
    if isinstance(given, str):
        return _by_id(given) or _by_source_id(given) or _by_email(given)
    if not isinstance(given, dict):
        return None
    if given.get("id"):
        return _by_id(str(given["id"]))
    if given.get("source_id"):
        return _by_source_id(str(given["source_id"]))
    return _by_email(str(given.get("email") or ""))


def customer_or_new(given: object, key: ApiKey) -> Customer:
    """The same; an unknown one is added where the key may. Raises Refusal."""
    if not given:
        raise wrong("missing_customer", "Say which customer: an id, your own id as source_id, or an e-mail address.")
    found = customer(given)
    if found is not None:
        return found
    named = _word(given, "id", "source_id", "email")
    by_id = isinstance(given, dict) and given.get("id")
    if by_id or not key.may_create_customers or inside(Prefix.CUSTOMER, named):
        raise not_found("customer", named)
    return _new(given, key)


def _new(given: object, key: ApiKey) -> Customer:
    try:
        return create.create(db.session(), Actor(f"key_{key.id.hex}", key.name), facts.read(db.session(), _typed(given)), how="API")
    except Refused as why:
        raise wrong("invalid_customer", str(why)) from why


def _typed(given: object) -> dict[str, str]:
    if isinstance(given, str):
        return {"email": given} if "@" in given else {"source_id": given}
    assert isinstance(given, dict)
    return as_json.typed(given)


def _word(given: object, *keys: str) -> str:
    if isinstance(given, dict):
        return next((str(given[k]).strip() for k in keys if given.get(k)), "")
    return str(given or "").strip()


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _one(where: Any) -> Customer | None:
    found = list(db.session.scalars(select(Customer).where(where, Customer.erased_at.is_(None)).limit(2)))
    return found[0] if len(found) == 1 else None


def _by_id(text: str) -> Customer | None:
    id = inside(Prefix.CUSTOMER, text) or _uuid(text)
    return _one(Customer.id == id) if id else None


def _by_source_id(text: str) -> Customer | None:
    return _one(Customer.source_id == text)


def _by_email(text: str) -> Customer | None:
    return _one(Customer.email_key == func.lower(text)) if "@" in text else None
