"""How far did a newcomer come? Five steps, each asked by whether one row exists."""

from dataclasses import dataclass, replace

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.distributions.draft.spec import Spec
from domain.distributions.plan.make_plan import plan
from domain.kernel.actor import SYSTEM
from domain.tables.distributions import Distribution


@dataclass(frozen=True)
class FirstStep:
    """One step of the first five minutes. `verb` is what one must be allowed for it."""

    key: str
    title: str
    about: str
    verb: str
    done: bool = False


# What the demo tells of the past was launched by nobody; it leaves the last step to be done.
_DONE = text("""
    SELECT EXISTS (SELECT FROM connections WHERE archived_at IS NULL), EXISTS (SELECT FROM customers),
        EXISTS (SELECT FROM segments), EXISTS (SELECT FROM campaigns), EXISTS (
            SELECT FROM distributions d WHERE d.status <> 'draft' AND NOT EXISTS (
                SELECT FROM distribution_versions v WHERE v.distribution_id = d.id AND v.version = 1 AND v.created_by = :nobody))
""")
_STEPS = (
    FirstStep(
        "connection", "A connection",
        "Where messages leave. The sandbox delivers into an inbox page here, so nothing can go wrong.",
        "edit connections",
    ),
    FirstStep(
        "customers", "Customers",
        "Who can get something. Bring them as a CSV file from your shop, or enter the first one by hand.",
        "import customers",
    ),
    FirstStep(
        "segment", "A segment",
        "Those who should get it: “spent more than €100”, “lives in Oxford”. It stays current by itself.",
        "edit segments",
    ),
    FirstStep(
        "campaign", "A campaign",
        "What they get: codes for 15 % off, each for one customer. Make them here, or bring your shop’s.",
        "edit campaigns",
    ),
    FirstStep(
        "distribution", "A distribution",
        "Gives the right people their code, at the right time, by the right channel; and can always say why.",
        "edit distributions",
    ),
)  # fmt: skip


def ready(session: Session, most: int = 2) -> list[Distribution]:
    """Drafts with all that a launch needs, the oldest first: what a new installation with something to try leads to."""
    drafts = session.scalars(select(Distribution).where(Distribution.status == "draft").order_by(Distribution.id).limit(20)).all()
    return [row for row in drafts if not isinstance(plan(session, Spec.shown(row.spec)), list)][:most]


def steps(session: Session) -> list[FirstStep]:
    """The five steps, and which are done."""
    done = session.execute(_DONE, {"nobody": SYSTEM.name}).one()
    return [replace(step, done=bool(is_done)) for step, is_done in zip(_STEPS, done, strict=True)]
