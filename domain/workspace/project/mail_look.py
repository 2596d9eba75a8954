"""How do new mails look? The colours, letters and logo of the brand."""

from sqlalchemy.orm import Session

from domain.journal import audit
from domain.kernel import row_versions
from domain.kernel.actor import Actor
from domain.kernel.errors import Refused
from domain.messages.mail.brand import MailLook, look_of
from domain.messages.mail.style import faint
from domain.tables.workspace import Project, current_project

LONGEST_ADDRESS = 2_000


def of_project(session: Session) -> MailLook:
    """The look that new mails take over."""
    return look_of(current_project(session).mail_look)


def edit(session: Session, actor: Actor, project: Project, seen: int, look: MailLook) -> None:
    """Store the look; mails that were begun already keep theirs. Raises Refused for colours that cannot be read, Stale."""
    if wrong := faint(look.style):
        raise Refused({"": " ".join(wrong)})
    if look.logo and not (look.logo.startswith(("https://", "http://")) and len(look.logo) <= LONGEST_ADDRESS):
        raise Refused({"logo": f"The address of a logo begins with https://, and has at most {LONGEST_ADDRESS:,} characters."})
    row_versions.edit(session, project, seen, actor, "the project")
    before, after = project.mail_look, look.as_json()
    if before != after:
        project.mail_look = after
        audit.record(session, actor, "edit mail look", "project", project.brand, before=before, after=after)
