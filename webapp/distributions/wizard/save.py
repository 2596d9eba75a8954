"""Keep what stands on a page of the wizard: its name and its step, before anything else is done with it."""

from flask import request

from domain.distributions.draft import store as draft
from domain.distributions.mistakes import Mistake
from domain.kernel.errors import Stale
from domain.tables.distributions import Distribution
from webapp.access import actor
from webapp.database import db
from webapp.distributions.wizard import trigger
from webapp.distributions.wizard.steps import read


def keep(row: Distribution, step: str) -> list[Mistake]:
    """Name, new things made on the spot, and the spec; what of it was refused. Raises Stale where another saved in between."""
    session, also, form = db.session(), [], request.form
    row = draft.locked(session, row.id)
    spec, name = read(session, step, draft.working(row), form), " ".join(form.get("name", row.name).split())
    if str(row.row_version) != form.get("row_version") and (spec != draft.working(row) or name != row.name):
        raise Stale(row.updated_by, row.updated_at, what=row.name)
    try:
        draft.rename(session, row.id, name, actor())
    except draft.NameRefused as wrong:
        also.append(Mistake(step, "name", str(wrong)))
    spec, refused_things = trigger.make(session, step, spec, form)
    draft.store(session, row.id, spec, row.row_version, actor())
    return [*also, *refused_things]
