"""Sums by a quarter of an hour, so that two weeks are read from some thousand rows whatever was sent."""

import datetime
import uuid

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from domain.base import Base


class Quarter(Base):
    """What happened in the fifteen minutes from `at` on. Days of every zone are made of whole quarters."""

    __tablename__ = "quarters"
    kind: Mapped[str] = mapped_column(primary_key=True)
    """`sent`, `failed` (by distribution), `given` (by campaign); `read`: all before `at` is summed."""
    at: Mapped[datetime.datetime] = mapped_column(primary_key=True)
    subject_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
