"""What is there to look at in a new installation? A bakery, Maple & Rye, with its customers, segments and codes."""

from sqlalchemy.orm import Session


def fill(session: Session) -> None:
    """Fill an empty database."""
