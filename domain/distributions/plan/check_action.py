"""What is wrong with what people get?"""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from domain.distributions.draft.spec import Spec
from domain.distributions.mistakes import Mistake
from domain.triggers.fits import action_closed


def mistakes(session: Session, spec: Spec) -> list[Mistake]:
    """Mistakes of the step Action."""
    return [Mistake("action", field, text) for field, text in _found(session, spec)]


def _found(session: Session, spec: Spec) -> Iterator[tuple[str, str]]:
    if refused := action_closed(spec.trigger, spec.action):
        yield "action", refused
    elif spec.chosen_action is not None:
        yield from spec.chosen_action.mistakes(session, spec)
