"""Who and what is meant? Campaigns by id or name, codes by what they say, customers by id, own id, or an address only one has."""

import uuid
from typing import Annotated

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from domain.customers.identify import keys
from domain.customers.identify.keys import CustomerKeys
from domain.customers.identify.match import AmbiguousCustomer, match_keys
from domain.customers.profiles import as_json, create, customer_input, metadata
from domain.customers.profiles.fields import BY_KEY
from domain.kernel.base import Prefix, folded, inside
from domain.kernel.errors import Refused
from domain.kernel.text.folding import fold
from domain.tables.customers import Customer
from domain.tables.incentives import Campaign, Voucher
from domain.workspace.api_keys.authorize import Caller
from webapp.api.actors import actor
from webapp.api.door.checks import say_ignored
from webapp.api.door.errors import Refusal, not_found, wrong
from webapp.api.fields import AS_OBJECT, AS_TEXT, TEXT_OR_MODEL, ApiInput, Count, Text, Word
from webapp.api.shapes.customer import CustomerFacts, CustomerName


class CampaignName(ApiInput):
    """A campaign; `name` may be its id too."""

    id: Word = None
    name: Word = None
    count: Count = None


PROJECT = ("proj_1", "1")
"""What the project may be called in paths of the management API."""
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


def project(text: str) -> None:
    """The project of this installation, of which there is one. Raises Refusal for any other."""
    if text not in PROJECT:
        raise not_found("project", text, f"This installation has one project: {PROJECT[0]}.")


def voucher(session: Session, code: str, caller: Caller) -> tuple[Campaign, Voucher]:
    """The code that is meant, whatever its case, with its campaign; among those that the key sees. Raises Refusal."""
    query = select(Campaign, Voucher).join(Voucher, Voucher.campaign_id == Campaign.id).where(Voucher.code_key == fold(code))
    found = session.execute(query).one_or_none()
    if found is None or not caller.sees(found[0].id):
        raise not_found("voucher", code, "This key sees only the campaigns it is bound to." if caller.campaigns else "")
    return found[0], found[1]


def customer(session: Session, given: str | CustomerName | None) -> Customer | None:
    """The customer that is meant, asked in one statement. Raises Refusal where an address fits several."""
    try:
        return match_keys(session, keys_of(session, given)).customer
    except AmbiguousCustomer as several:
        raise ambiguous(several) from several


def customer_or_new(session: Session, given: str | CustomerName | None, caller: Caller, *, silent: bool = False) -> Customer:
    """The same; an unknown one is added where the key may, `silent` without anybody reacting. Raises Refusal."""
    named = _written(given)
    if not named and not (isinstance(given, CustomerName) and given.model_fields_set):
        raise wrong("missing_customer", "Say which customer: an id, your own id as source_id, an e-mail address or a phone number.")
    by_id = isinstance(given, CustomerName) and given.id
    if by_id or not caller.may_create_customers or inside(Prefix.CUSTOMER, named):
        found = customer(session, given)
        if found is None:
            raise not_found("customer", named)
        _say_ignored(given)
        return found
    described = False

    def describe() -> customer_input.CustomerInput:
        nonlocal described
        described = True
        return _facts(session, given)

    try:
        one = create.identify(session, actor(caller), keys_of(session, given), describe, how="API", silent=silent)
    except AmbiguousCustomer as several:
        raise ambiguous(several) from several
    except Refused as why:
        raise refused(why, "customer.") from why
    if not described:
        _say_ignored(given)
    return one


def refused(why: Refused, inside: str = "") -> Refusal:
    """What is wrong with a customer, by the names that programs use; `inside` stands before each."""
    told = "; ".join(f"{inside}{_name_of(field)}: {words}" if field else words for field, words in why.mistakes.items())
    return wrong("invalid_customer", told)


def _facts(session: Session, given: str | CustomerName | None) -> customer_input.CustomerInput:
    """What is said of a new customer. Raises Refused."""
    said = customer_input.read(session, _typed(given))
    if not isinstance(given, CustomerName) or not given.metadata:
        return said
    try:
        return customer_input.CustomerInput(said.columns, metadata.checked(session, given.metadata))
    except Refused as why:
        raise Refused({f"metadata.{key}": words for key, words in why.mistakes.items()}) from why


def _say_ignored(given: str | CustomerName | None) -> None:
    """Whoever is known keeps their metadata: a call that asks for a code changes nobody."""
    if isinstance(given, CustomerName) and given.metadata:
        say_ignored(["customer.metadata"])


def keys_of(session: Session, given: str | CustomerName | None) -> CustomerKeys:
    """By what the customer is known. A name identifies nobody."""
    if given is None:
        return CustomerKeys()
    if isinstance(given, str):
        return keys.of_word(given)
    phone = given.phone or ""
    dial_code = customer_input.reading(session)[0].dial_code if phone else ""
    own = keys.id_of(given.id) if given.id else None
    return CustomerKeys(own, given.source_id or "", keys.email_key(given.email or ""), keys.phone_key(phone, dial_code))


def _written(given: str | CustomerName | None) -> str:
    """The key by which a caller named the customer, as it was written."""
    if isinstance(given, CustomerName):
        return given.id or given.source_id or given.email or given.phone or ""
    return given or ""


def ambiguous(several: AmbiguousCustomer) -> Refusal:
    """Nobody can say who is meant."""
    return wrong("ambiguous_customer", f"Several customers have this {several}. Name yours by its id or source_id.")


def _typed(given: str | CustomerName | None) -> dict[str, str]:
    if isinstance(given, CustomerName):
        return as_json.typed(given.model_dump(exclude_none=True))
    word = given or ""
    kind = "email" if "@" in word else "phone" if keys.of_word(word).phone else "source_id"
    return {kind: word}


def _name_of(field: str) -> str:
    """The name by which programs know a fact."""
    return BY_KEY[field].api_names[0] if field in BY_KEY else field


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
