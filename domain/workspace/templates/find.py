"""Which templates are there, which versions has one, and which distributions were begun with it?"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.kernel.base import array
from domain.tables.distributions import MailTemplate, MailTemplateVersion

MOST_SHOWN = 20
"""Uses and sections that a page names."""
_USES = text("""
    SELECT d.id, d.name, d.status, used.word FROM distributions d,
    LATERAL (SELECT jsonb_path_query(coalesce(d.side_spec, d.spec), '$.channels[*].parts.template') #>> '{}' AS word) AS used
    WHERE split_part(used.word, ':', 1) = ANY(SELECT replace(one::text, '-', '') FROM unnest(CAST(:ids AS uuid[])) AS one)
    ORDER BY d.id DESC
""")


@dataclass(frozen=True, slots=True)
class TemplateUse:
    """A distribution that was begun with a version of a template."""

    id: uuid.UUID
    name: str
    status: str
    version: int


@dataclass(frozen=True, slots=True)
class FoundTemplate:
    """A template with its latest version and whoever uses it."""

    row: MailTemplate
    latest: MailTemplateVersion
    uses: Sequence[TemplateUse] = field(default=())

    @property
    def subject(self) -> str:
        """The subject of its latest version."""
        return str(self.latest.parts.get("subject", ""))


def found(session: Session, rows: Sequence[MailTemplate]) -> list[FoundTemplate]:
    """These templates with what a list shows of them."""
    ids = [row.id for row in rows]
    query = select(MailTemplateVersion).join(
        MailTemplate, (MailTemplate.id == MailTemplateVersion.template_id) & (MailTemplate.version == MailTemplateVersion.version)
    )
    latest = {one.template_id: one for one in session.scalars(query.where(MailTemplate.id.in_(ids)))}
    used = uses(session, ids)
    return [FoundTemplate(row, latest[row.id], [use for id, use in used if id == row.id]) for row in rows]


def one(session: Session, id: uuid.UUID) -> FoundTemplate | None:
    """One template."""
    row = session.get(MailTemplate, id)
    return found(session, [row])[0] if row is not None else None


def versions(session: Session, id: uuid.UUID) -> list[MailTemplateVersion]:
    """Its versions, the latest first."""
    query = select(MailTemplateVersion).where(MailTemplateVersion.template_id == id)
    return list(session.scalars(query.order_by(MailTemplateVersion.version.desc()).limit(MOST_SHOWN)))


def uses(session: Session, ids: Collection[uuid.UUID]) -> list[tuple[uuid.UUID, TemplateUse]]:
    """Pairs of a template and a distribution that was begun with it, the newest first."""
    if not ids:
        return []
    rows = session.execute(_USES, {"ids": array(ids)})
    return [(uuid.UUID(hex=word[:32]), TemplateUse(id, name, status, int(word[33:] or 0))) for id, name, status, word in rows]


def sections(session: Session) -> list[MailTemplate]:
    """Saved blocks, by name."""
    query = select(MailTemplate).where(MailTemplate.kind == "section").order_by(MailTemplate.name_key)
    return list(session.scalars(query.limit(MOST_SHOWN)))


def mails(session: Session) -> list[MailTemplate]:
    """Saved mails, by name, for the editor to begin with."""
    query = select(MailTemplate).where(MailTemplate.kind == "mail").order_by(MailTemplate.name_key)
    return list(session.scalars(query.limit(MOST_SHOWN)))
