"""May this guess be judged now? It is counted and committed first, so that guesses at the same time are all counted."""

from domain.workspace.signing_in import tries
from webapp.database import db


def wait(keys: tries.Keys) -> str:
    """Count a guess: empty where it may be judged, else what to tell the person."""
    seconds = tries.count(db.session(), keys)
    db.session.commit()
    return too_many(seconds) if seconds else ""


def too_many(seconds: int) -> str:
    """How long to wait, in words."""
    return f"Too many tries. Wait {tries.wait_in_words(seconds)}, then try again."
