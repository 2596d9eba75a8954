"""A distribution and its frozen versions, and what its mails are made with."""

import datetime
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.base import Base, Identified, Versioned

STATUSES = ("draft", "scheduled", "sending", "paused", "done", "stopped", "live", "ended")


class Distribution(Identified, Versioned, Base):
    """One messaging workflow. `spec` is what the wizard has collected; what runs is the `plan` of version `version`."""

    __tablename__ = "distributions"
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str] = mapped_column(default="draft")
    trigger: Mapped[str] = mapped_column(default="")
    """The key of the trigger, copied from the spec so that lists can filter."""
    live: Mapped[bool] = mapped_column(default=False)
    """Whether it stays live and reacts, rather than being sent once: as its trigger says, copied from the spec."""
    wakes_on: Mapped[str] = mapped_column(default="")
    """The kind of event that the launched plan waits for; empty: none."""
    about_noun: Mapped[str] = mapped_column(default="")
    about_id: Mapped[uuid.UUID | None]
    """What that event must be about (`segment`, `campaign`, …); None: any event of its kind."""
    pause_reason: Mapped[str] = mapped_column(default="")
    """`person`, `no_codes`, `connection`, `late`, `plan_broken`, `ceiling`; empty unless paused."""
    pause_detail: Mapped[str] = mapped_column(default="")
    spec: Mapped[dict[str, Any]] = mapped_column(default=dict)
    side_spec: Mapped[dict[str, Any] | None]
    """The side draft of an edit while scheduled, sending or live; swapped in by Apply."""
    side_of_version: Mapped[int | None]
    side_name: Mapped[str] = mapped_column(default="", server_default="")
    """The name that the side draft gives it; empty: it keeps the one it has."""
    version: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime.datetime | None]
    held_seconds: Mapped[int | None]
    """Hold: the countdown stands still with this much left."""
    waits_for_revision: Mapped[int | None]
    """The revision of the segment whose sync must end before `due_at` is set."""
    rearmed_at: Mapped[datetime.datetime | None]
    """When an edit of the segment made the countdown begin anew; the page says so."""
    confirmed_late_at: Mapped[datetime.datetime | None]
    run: Mapped[uuid.UUID | None]
    """The run of a manual distribution: the once_key of its recipients."""
    cursor: Mapped[uuid.UUID | None]
    """Fan-out has made recipients for members up to this customer."""
    fanned_out_at: Mapped[datetime.datetime | None]
    started_at: Mapped[datetime.datetime | None]
    ended_at: Mapped[datetime.datetime | None]
    ceiling_per_hour: Mapped[int | None]
    created_by: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        CheckConstraint(f"status IN {STATUSES}", name="status"),
        Index("ix_distributions_waiting", "wakes_on", "about_id", postgresql_where=text("status IN ('live', 'paused')")),
        Index(
            "ix_distributions_unfinished", "status", "due_at", postgresql_where=text("status IN ('scheduled', 'sending', 'live', 'paused')")
        ),
    )


class Version(Base):
    """A plan as it was launched; never changed afterwards."""

    __tablename__ = "distribution_versions"
    distribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("distributions.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    plan: Mapped[dict[str, Any]]
    """`domain.distributions.plan.plan.Plan.as_json()`."""
    connections: Mapped[list[Any] | None] = mapped_column(
        Computed("jsonb_path_query_array(plan, '$.channels[*].connection_id')", persisted=True)
    )
    """The connections its channels send by, so that nobody opens every plan to find out."""
    sentence: Mapped[str]
    created_at: Mapped[datetime.datetime]
    created_by: Mapped[str] = mapped_column(default="")

    __table_args__ = (Index("ix_distribution_versions_connections", "connections", postgresql_using="gin"),)


class LookedUntil(Base):
    """How far the clock has looked for dates that live distributions wait for."""

    __tablename__ = "looked_until"
    kind: Mapped[str] = mapped_column(primary_key=True)
    """The kind of event that is made of such a date."""
    at: Mapped[datetime.datetime]


class MailPicture(Identified, Base):
    """A picture that was uploaded, as it is served. In the database, so that a backup holds it and every web process sees it."""

    __tablename__ = "pictures"
    word: Mapped[str] = mapped_column(unique=True)
    """Random; the address of the picture has it, so that nobody finds one by counting."""
    digest: Mapped[str] = mapped_column(unique=True)
    """SHA-256 of `body`: the same picture is kept once."""
    name: Mapped[str]
    """How the file was called."""
    type: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    size: Mapped[int]
    """Bytes of `body`."""
    width: Mapped[int]
    height: Mapped[int]
    frames: Mapped[int] = mapped_column(default=1)
    launched: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Whether a mail with it may have been sent: then it is kept for ever, because mails are opened years later."""
    unused_since: Mapped[datetime.datetime | None]
    """Since when no draft and no template names it; it is deleted some days later."""
    created_by: Mapped[str] = mapped_column(default="")

    __table_args__ = (Index("ix_pictures_not_launched", "id", postgresql_where=text("NOT launched")),)


class MailTemplate(Identified, Versioned, Base):
    """A mail, or one block of one, that was saved to begin others with. Its words and looks are those of its latest version."""

    __tablename__ = "mail_templates"
    kind: Mapped[str]
    """`mail`: a whole one; `section`: a block with everything in it."""
    name: Mapped[str]
    name_key: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    """The latest one."""

    __table_args__ = (CheckConstraint("kind IN ('mail', 'section')", name="kind"), UniqueConstraint("kind", "name_key"))


class MailTemplateVersion(Base):
    """A template as it was saved once; never changed afterwards."""

    __tablename__ = "mail_template_versions"
    template_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("mail_templates.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    parts: Mapped[dict[str, Any]]
    """The parts of a message, as the editor stores them: `domain.messages.mail.parts`."""
    note: Mapped[str] = mapped_column(default="")
    """What is new in it, in the words of whoever saved it."""
    created_at: Mapped[datetime.datetime]
    created_by: Mapped[str] = mapped_column(default="")


FINAL = frozenset({"done", "stopped", "ended"})
