"""What is said of something that failed?"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Trouble:
    """One kind of page that fails: what happened, and the remedy."""

    title: str
    text: str
