"""What must be there before anybody is let in? A key, every migration, an administrator and, if wanted, something to look at.

Runs at each start of `largesse run`, in a process of its own that ends; safe to run twice and to be killed anywhere.
"""

import secrets as random
from pathlib import Path

import alembic.command
import alembic.config
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.orm import Session

import resources
import settings
from domain.demo import fill as demo
from domain.tables import workspace
from domain.workspace.people import first_administrator as first
from workers.session import driver_url, transaction

LOCK = 7_264_001
"""The advisory lock under which migrations run, so that two machines starting at once do not both migrate."""


class NotPrepared(Exception):
    """It cannot be made ready; the text says what a person must do."""


def config(connection: Connection) -> alembic.config.Config:
    """Alembic's settings, to run our migrations on this connection."""
    made = alembic.config.Config()
    made.set_main_option("script_location", str(resources.folder("migrations")).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


def migrate() -> None:
    """Bring the database to the newest migration."""
    engine = create_engine(driver_url(settings.current().database_url), hide_parameters=True)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        alembic.command.upgrade(config(connection), "head")
        connection.commit()
    engine.dispose()


def _is_new(session: Session) -> bool:
    return not session.execute(text("SELECT EXISTS (SELECT FROM users)")).scalar_one()


def keep_key(*, new: bool) -> None:
    """Write a secret key under the data directory where none is set. Only for a new database: an old one has secrets under its own key."""
    now = settings.current()
    file = now.data / "secret_keys"
    if now.secret_keys or file.exists():
        return
    if not new:
        raise NotPrepared(f"This database has secrets under a key that is missing: set LARGESSE_SECRET_KEYS, or put {file} back.")
    now.data.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(random.token_urlsafe(32) + "\n")


def _demo(session: Session) -> None:
    demo.fill(session)


def prepare() -> str:
    """Make everything ready; what to tell a person about signing in."""
    migrate()
    with transaction() as session:
        new = _is_new(session)
        keep_key(new=new)
    with transaction() as session:
        project = workspace.current_project(session)
        if new:
            project.public_url = workspace.public_url(project)
            if settings.current().demo:
                _demo(session)
            _remember(first.administrator(session, settings.current().first_admin))
        return _sign_in(session)


def _file() -> Path:
    return settings.current().data / "first_sign_in"


def _remember(password: str) -> None:
    _file().touch(mode=0o600)
    _file().write_text(password)


def _sign_in(session: Session) -> str:
    """The first password is shown until somebody has used it: a start whose output was lost locks nobody out."""
    email = settings.current().first_admin
    if first.somebody_signed_in(session):
        _file().unlink(missing_ok=True)
    if _file().exists():
        return f"(sign in as {email} with the password {_file().read_text()})"
    return f"(sign in as {first.an_administrator(session) or email})"
