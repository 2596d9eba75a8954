"""A validation rule."""

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from domain.base import Base, Identified, Versioned


class Rule(Identified, Versioned, Base):
    """A condition in the language of `domain.conditions`. A campaign limited to a segment has a one-leaf rule."""

    __tablename__ = "rules"
    name: Mapped[str] = mapped_column(default="")
    condition: Mapped[dict[str, Any]]
