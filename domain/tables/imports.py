"""Files with customers or orders: what they say, how they are read, what was remarked about lines, and mappings remembered by header."""

import datetime
import uuid
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.base import Base, Identified, Versioned

_TYPED_NAMES = "typed_name, typed_first_name, typed_last_name"


class Import(Identified, Versioned, Base):
    """One uploaded file of customers or orders: how it is to be read, and what became of it. The work itself is a job."""

    __tablename__ = "customer_imports"
    of: Mapped[str] = mapped_column(default="customers", server_default="customers")
    """What its lines are about: `customers`, `orders`."""
    file_name: Mapped[str]
    """As the person called it."""
    path: Mapped[str]
    """Where it lies under LARGESSE_DATA; deleted when the import has ended."""
    size: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(default="uploaded")
    """`uploaded` (being mapped), `started` (the job says how far), `discarded`."""
    reading: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """`domain.customers.imports.mapping.ImportSettings.as_json()`."""
    job_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("jobs.id"))
    findings: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    """`domain.customers.imports.checks.all_lines.AllLines.as_json()`; empty until all lines were looked through."""
    check_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("jobs.id"))
    """The job that says what would be taken and left out, without taking anything."""
    uploaded_by: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        CheckConstraint("state IN ('uploaded', 'started', 'discarded')", name="state"),
        CheckConstraint("\"of\" IN ('customers', 'orders')", name="of"),
    )


class ImportMapping(Identified, Base):
    """What somebody decided about files with this header, proposed for the next one."""

    __tablename__ = "import_mappings"
    header_key: Mapped[str] = mapped_column(Text(collation="C"), unique=True)
    """SHA-256 of the names of its columns, in their order."""
    file_name: Mapped[str]
    """Of the last file that was read like this."""
    reading: Mapped[dict[str, Any]]
    """`domain.customers.imports.mapping.ImportSettings.as_json()`."""
    used_at: Mapped[datetime.datetime]
    used_by: Mapped[str] = mapped_column(default="")


class ImportRemark(Base):
    """What there is to say about one line of an import: left out and why, or taken with a note."""

    __tablename__ = "import_remarks"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=text("largesse_uuid7()"))
    import_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer_imports.id", ondelete="CASCADE"))
    line: Mapped[int] = mapped_column(BigInteger)
    left_out: Mapped[bool]
    while_merging: Mapped[bool] = mapped_column(default=False)
    """False: said while the file was read, and said anew where the reading had to begin again."""
    column: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    cells: Mapped[list[str] | None]
    """The line as it came, where it was left out: so that it can be put right and imported again."""

    __table_args__ = (Index("ix_import_remarks_line", "import_id", "line", "id"),)
