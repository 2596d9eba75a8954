"""How far did a newcomer come? Five steps, each asked by whether one row exists."""

from dataclasses import dataclass, replace

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True)
class FirstStep:
    """One step of the first five minutes. `href` does it, `verb` is what one must be allowed."""

    title: str
    about: str
    action: str
    href: str
    verb: str
    icon: str
    posts: bool = False
    """Whether a POST to `href` begins it, rather than a page."""
    done: bool = False


_DONE = text("""
    SELECT EXISTS (SELECT FROM connections WHERE archived_at IS NULL), EXISTS (SELECT FROM customers),
        EXISTS (SELECT FROM segments), EXISTS (SELECT FROM campaigns), EXISTS (SELECT FROM distributions WHERE status <> 'draft')
""")
_STEPS = (
    FirstStep(
        "A connection",
        "Where messages leave. The sandbox delivers into an inbox page here, so nothing can go wrong.",
        "Add a connection", "/connections/new", "edit connections", "plug",
    ),
    FirstStep(
        "Customers",
        "Who can get something. Bring them as a CSV file from your shop, or enter the first one by hand.",
        "Import customers", "/customers/imports", "import customers", "users",
    ),
    FirstStep(
        "A segment",
        "Those who should get it: “spent more than €100”, “lives in Oxford”. It stays current by itself.",
        "Make a segment", "/segments/new", "edit segments", "filter",
    ),
    FirstStep(
        "A campaign",
        "What they get: codes for 15 % off, each for one customer. Make them here, or bring your shop’s.",
        "Make a campaign", "/campaigns/new", "edit campaigns", "tickets",
    ),
    FirstStep(
        "A distribution",
        "Gives the right people their code, at the right time, by the right channel; and can always say why.",
        "New distribution", "/distributions", "edit distributions", "send", posts=True,
    ),
)  # fmt: skip


def steps(session: Session) -> list[FirstStep]:
    """The five steps, and which are done."""
    done = session.execute(_DONE).one()
    return [replace(step, done=bool(is_done)) for step, is_done in zip(_STEPS, done, strict=True)]
