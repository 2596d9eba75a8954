"""Why did, or didn't, this customer get it?"""

import uuid

from flask import request
from flask.typing import ResponseReturnValue

from domain import conditions
from domain.customers.facts.catalogue import known, moment
from domain.customers.facts.values import values
from domain.customers.profiles import find
from domain.distributions.audience import reasons
from domain.insight.reports.explain import Explanation, explain
from domain.kernel.base import Prefix, inside
from domain.tables.customers import Customer
from webapp.access import needs
from webapp.database import db
from webapp.distributions.layout import distribution_or_404, frame
from webapp.pages import show
from webapp.reports import blueprint
from webapp.reports.deliveries import state


@blueprint.get("/<id>/why")
@needs("see")
def why(id: uuid.UUID) -> ResponseReturnValue:
    """Choose a customer; then the answer, what is stored, and each test with the value it saw."""
    session, row = db.session(), distribution_or_404(id)
    words = request.args.get("q", "").strip()[:200]
    asked = inside(Prefix.CUSTOMER, request.args.get("customer", ""))
    customer = session.get(Customer, asked) if asked else None
    told = explain(session, row, customer) if customer else None
    return show(
        "reports/why.html", "tab", **frame(row), customer=customer, told=told, verdict=_verdict(told, customer), q=words,
        people=find.page(session, find.CustomerFilter(text=words), size=10)[0] if words and customer is None else [],
        reason_of=reasons.words, hint_of=reasons.hint, state_of=state,
    )  # fmt: skip


def _verdict(told: Explanation | None, customer: Customer | None) -> conditions.Verdict | None:
    """The segment's condition, leaf by leaf, for this customer as they are now."""
    if told is None or customer is None or told.segment is None or not told.segment.condition:
        return None
    session, facts = db.session(), known(db.session())
    return conditions.explain(told.segment.condition, values(session, customer.id), facts, moment(session))
