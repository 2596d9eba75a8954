"""What was done lately? The newest commands that matter to everybody; nothing about single customers or members."""

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.tables.journal import Audit

COMMANDS = (
    "launch distribution", "pause distribution", "resume distribution", "stop distribution", "end distribution",
    "apply edit of distribution", "hold distribution", "release distribution", "create campaign", "add codes", "switch campaign on",
    "switch campaign off", "create segment", "edit segment", "import customers", "stop import", "add connection", "edit connection",
    "pause connection", "resume connection", "archive connection",
)  # fmt: skip
# Each command by its own index: the newest six among millions of edits of customers are found at once.
_NEWEST = text("""
    SELECT a.* FROM unnest(CAST(:commands AS text[])) AS c (command)
    CROSS JOIN LATERAL (SELECT * FROM audit WHERE command = c.command ORDER BY id DESC LIMIT :shown) AS a
    ORDER BY a.id DESC LIMIT :shown
""")


def lately(session: Session, shown: int = 6) -> list[Audit]:
    """The newest lines, the newest first."""
    return list(session.scalars(select(Audit).from_statement(_NEWEST), {"commands": list(COMMANDS), "shown": shown}))
