"""Save what stands on a page of the wizard: its name and its step, before anything else is done with it."""

from flask import request

from domain.distributions.draft import store as draft
from domain.distributions.mistakes import Mistake
from domain.kernel.errors import Stale
from domain.tables.distributions import Distribution
from webapp.access import actor
from webapp.database import db
from webapp.distributions.wizard.state import Saved
from webapp.distributions.wizard.steps import STEPS, form_of


def save_step(row: Distribution, step: str) -> Saved:
    """Store the name, new things made on the spot, and the spec; what of it was refused stands in the answer.

    Raises Stale where another saved in between, NotNow where nothing can be changed.
    """
    session = db.session()
    row = draft.locked(session, row.id)
    before = draft.working(row)
    form = form_of(session, step, row, before, request.form)
    mistakes, typed = form.mistakes(step), form.typed()
    spec = STEPS[step].read(session, before, form)
    if str(row.row_version) != request.form.get("row_version") and (spec != before or form.name.data != draft.called(row)):
        raise Stale(row.updated_by, row.updated_at, what=row.name)
    try:
        draft.rename(session, row.id, form.name.data, actor())
    except draft.NameRefused as wrong:
        mistakes.append(Mistake(step, "name", str(wrong)))
        typed |= {"name": form.name.data}
    made = STEPS[step].make(session, spec, form)
    draft.store(session, row.id, made.spec, row.row_version, actor())
    return Saved(row, [*mistakes, *made.mistakes], typed | dict(made.typed), made.builder, (form.verb, form.what))
