"""What is wrong with a spec, said so that a marketer can mend it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """Something that keeps a spec from becoming a plan: on which step, at which field, in words that name the remedy."""

    step: str
    """`trigger`, `action`, `channels` or `summary`."""
    field: str
    """The name of the form field; of a channel's: `c1-subject`."""
    text: str


class NotNow(Exception):
    """A command that the state of a distribution does not allow. The text is for a person."""
