"""Who and what is meant? Campaigns by id or name, codes by what they say, customers by id, own id, or an e-mail address only one has."""

import contextlib
import uuid
from typing import Annotated, Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from domain.customers.profiles import as_json, create
from domain.customers.profiles import input as facts
from domain.customers.profiles.fields import BY_KEY
from domain.kernel import addresses
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, folded, inside
from domain.kernel.errors import Refused
from domain.kernel.text.folding import fold
from domain.tables.customers import Customer
from domain.tables.incentives import Campaign, Voucher
from domain.workspace.api_keys.authorize import Caller
from webapp.api.door.errors import not_found, wrong
from webapp.api.fields import AS_OBJECT, AS_TEXT, TEXT_OR_MODEL, ApiInput, Count, Text, Word
from webapp.api.shapes.customer import CustomerFacts, CustomerName


class CampaignName(ApiInput):
    """A campaign; `name` may be its id too."""

    id: Word = None
    name: Word = None
    count: Count = None


CampaignGiven = Annotated[Annotated[Text, AS_TEXT] | Annotated[CampaignName, AS_OBJECT], TEXT_OR_MODEL]
CustomerGiven = Annotated[Annotated[Text, AS_TEXT] | Annotated[CustomerFacts, AS_OBJECT], TEXT_OR_MODEL]


def campaign(session: Session, given: str | CampaignName | None, caller: Caller) -> Campaign:
    """The campaign that is meant, among those that the key sees. Raises Refusal."""
    text = given.id or given.name if isinstance(given, CampaignName) else given
    if not text:
        raise wrong("missing_vouchers", "Either campaign or voucher is required.")
    id = inside(Prefix.CAMPAIGN, text) or _uuid(text)
    where: ColumnElement[bool] = Campaign.id == id if id else Campaign.name_key == folded(text)
    found = session.scalars(select(Campaign).where(where)).one_or_none()
    if found is None or not caller.sees(found.id):  # one answer for both: a key bound to campaigns learns of no other
        raise not_found("campaign", text, "This key sees only the campaigns it is bound to." if caller.campaigns else "")
    return found


def voucher(session: Session, code: str, caller: Caller) -> tuple[Campaign, Voucher]:
    """The code that is meant, whatever its case, with its campaign; among those that the key sees. Raises Refusal."""
    query = select(Campaign, Voucher).join(Voucher, Voucher.campaign_id == Campaign.id).where(Voucher.code_key == fold(code))
    found = session.execute(query).one_or_none()
    if found is None or not caller.sees(found[0].id):
        raise not_found("voucher", code, "This key sees only the campaigns it is bound to." if caller.campaigns else "")
    return found[0], found[1]


def customer(session: Session, given: str | CustomerName | None) -> Customer | None:
    """The customer that is meant, asked in one statement. Raises Refusal where an e-mail address fits several."""
    if isinstance(given, str):
        return _one(session, _by_id(given), Customer.source_id == given, _by_email(given))
    if given is None:
        return None
    if given.id:
        return _one(session, _by_id(given.id))
    if given.source_id:
        return _one(session, Customer.source_id == given.source_id)
    return _one(session, _by_email(given.email or ""))


def customer_or_new(session: Session, given: str | CustomerName | None, caller: Caller) -> Customer:
    """The same; an unknown one is added where the key may. Raises Refusal."""
    named = (given.id or given.source_id or given.email) if isinstance(given, CustomerName) else given
    if not named and not (isinstance(given, CustomerName) and given.model_fields_set):
        raise wrong("missing_customer", "Say which customer: an id, your own id as source_id, or an e-mail address.")
    found = customer(session, given)
    if found is not None:
        return found
    by_id = isinstance(given, CustomerName) and given.id
    if by_id or not caller.may_create_customers or inside(Prefix.CUSTOMER, named or ""):
        raise not_found("customer", named or "")
    return _new(session, _typed(given), caller)


def _new(session: Session, typed: dict[str, str], caller: Caller) -> Customer:
    try:
        return create.create(session, Actor(f"key_{caller.id.hex}", caller.name), facts.read(session, typed), how="API")
    except Refused as why:
        told = "; ".join(f"customer.{_name_of(field)}: {words}" if field else words for field, words in why.mistakes.items())
        raise wrong("invalid_customer", told) from why


def _typed(given: str | CustomerName | None) -> dict[str, str]:
    if isinstance(given, CustomerName):
        return as_json.typed(given.model_dump(exclude_none=True))
    return {"email": given or ""} if "@" in (given or "") else {"source_id": given or ""}


def _name_of(field: str) -> str:
    """The name by which programs know a fact."""
    return BY_KEY[field].api_names[0] if field in BY_KEY else field


def _one(session: Session, *ways: ColumnElement[bool] | None) -> Customer | None:
    """The customer of the first of these ways that fits one."""
    asked = [way for way in ways if way is not None]
    if not asked:
        return None
    fits = [way.label(f"fits_{n}") for n, way in enumerate(asked)]
    query = select(Customer, *fits).where(or_(*asked), Customer.erased_at.is_(None)).order_by(*(fit.desc() for fit in fits))
    rows = session.execute(query.limit(len(asked) + 1)).all()
    for n in range(len(asked)):
        found: list[Any] = [row[0] for row in rows if row[n + 1]]
        if len(found) > 1:
            raise wrong("ambiguous_customer", "Several customers have this e-mail address. Name yours by its id or source_id.")
        if found:
            return found[0]  # type: ignore[no-any-return]
    return None


def _by_id(text: str) -> ColumnElement[bool] | None:
    id = inside(Prefix.CUSTOMER, text) or _uuid(text)
    return Customer.id == id if id else None


def _by_email(text: str) -> ColumnElement[bool] | None:
    """By the address as it is stored: the domain in its own letters, whichever way it was written."""
    if "@" not in text:
        return None
    with contextlib.suppress(ValueError):  # an address from before addresses were checked is compared as it stands
        text = addresses.email(text)
    return Customer.email_key == fold(text)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
