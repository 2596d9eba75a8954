"""What does a mail look like that belongs to no distribution yet? Rendered for somebody of the customers, with an example of everything."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.customers.facts.variables import variables as about_customer
from domain.distributions.draft.spec import Spec
from domain.distributions.plan.make_plan import as_plan
from domain.distributions.preview import preview
from domain.distributions.preview import values as facts
from domain.distributions.preview.preview import Preview
from domain.kernel import clock
from domain.messages import variables
from domain.messages.liquid.places import TemplateError
from domain.messages.pictures import addresses
from domain.messages.trial import limited
from domain.messages.variables import Variable
from domain.tables.customers import Customer, MetadataField
from domain.tables.workspace import current_project, public_url

EXAMPLES: dict[str, dict[str, Any]] = {
    "voucher": {"code": "EXAMPLE-CODE", "discount": "15 %", "value": "15"},
    "campaign": {"name": "Example", "description": ""},
    "promotion": {"name": "Example", "id": "promo_example", "banner": "15 % off", "discount": "15 %"},
    "segment": {"name": "Example"},
    "distribution": {"name": "Example", "id": "distr_example"},
}


def known(session: Session) -> tuple[Variable, ...]:
    """Every variable that any mail may use: which of them there are, its distribution decides."""
    keys = session.scalars(select(MetadataField.key).where(MetadataField.noun == "customer").order_by(MetadataField.key)).all()
    return variables.known(("voucher", "promotion", "segment"), about_customer(keys))


def of_parts(session: Session, parts: Mapping[str, str]) -> Preview:
    """The mail of these parts, for one customer."""
    url = public_url(current_project(session))
    customer = session.scalars(select(Customer).order_by(Customer.id).limit(1)).one_or_none()
    about = facts.shared_values(session, as_plan(Spec()))
    values = facts.values_for(about, customer if customer is not None else facts.nobody(), None)
    values["brand"] = values["brand"] | {"url": url}
    ends = {"expires": clock.now(session), "published": clock.now(session)}
    examples = {name: {**one, **ends} for name, one in EXAMPLES.items()}
    try:
        made, _ = limited.made(parts)
        made = {name: addresses.moved(text, url) for name, text in made.items()}
        values = facts.with_dead_links(examples | {name: one for name, one in values.items() if one or name not in examples}, url)
        shown, _ = limited.rendered(made, "email", preview.with_example_pictures(values))
        return Preview(shown)
    except TemplateError as wrong:
        return Preview({}, str(wrong))
