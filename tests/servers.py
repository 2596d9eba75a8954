"""Which PostgreSQL do tests stand on, and which database of it? A server of one run, or one that is kept for the next runs.

`python -m tests.servers start` (or `make test-server`) keeps one for this checkout, under `var-test`, until `stop`. Every run, and each
worker of a run, gets databases of its own: copies of a template that is migrated once and named by what the migrations say, so that a
changed migration makes another template. Whose run was killed leaves copies behind; the next run on a kept server drops them.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import alembic.command
from sqlalchemy import Connection, Engine, NullPool, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

import resources
from settings import driver_url
from workers.commands import prepare_database
from workers.processes import embedded
from workers.processes.children import began

KEPT = resources.CODE / "var-test"
OPTIONS = ("-c fsync=off", "-c synchronous_commit=off", "-c full_page_writes=off", "-c max_connections=400")
_EMPTY = "TEMPLATE template0 ENCODING 'UTF8'"


@dataclass(frozen=True)
class Locale:
    """How a database sorts and knows capitals: ways to ask for it, the best first."""

    ending: str
    ways: tuple[str, ...]


LOCALES = {
    "C": Locale("", ("",)),
    "en_US": Locale(
        "_en",
        (
            f"{_EMPTY} LOCALE_PROVIDER libc LOCALE 'en_US.UTF-8'",
            f"{_EMPTY} LOCALE_PROVIDER libc LOCALE 'de_DE.UTF-8'",
        ),
    ),
    "ICU": Locale("_icu", (f"{_EMPTY} LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C'",)),
}
"""The order of code points, and that of a language, by the C library or by ICU: what most servers have that nobody thought about.

The wheel's PostgreSQL has no ICU, and the tests on it are left out by name; TEST_DATABASE_URL names a server that has.
"""


class NoSuchLocale(Exception):
    """This server cannot make such a database; the text has its own words."""


LOCK = 7_264_002
"""The advisory lock under which templates are made and old databases dropped."""


@contextmanager
def server() -> Iterator[str]:
    """The URL of a server to make databases on: TEST_DATABASE_URL, else the kept one, else one that ends with this run."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
    elif kept_answers():
        drop_leftovers(embedded.postgres_url(KEPT))
        yield embedded.postgres_url(KEPT)
    else:
        with fresh() as url:
            yield url


@contextmanager
def fresh() -> Iterator[str]:
    """The URL of a new server, stopped and removed afterwards."""
    where = Path(tempfile.mkdtemp(prefix="largesse-test-", dir="/tmp"))
    where.chmod(0o755)
    locales(where / "locales")
    url = embedded.start_postgres(where, *OPTIONS)
    try:
        yield url
    finally:
        embedded.stop_postgres(where)
        shutil.rmtree(where, ignore_errors=True)


def locales(folder: Path) -> None:
    """Let a server that is started now know en_US.UTF-8, where the system has glibc's `localedef` and its sources: the wheel has no ICU."""
    made = folder / "en_US.UTF-8"
    if shutil.which("localedef") and not made.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(("localedef", "-i", "en_US", "-f", "UTF-8", str(made)), check=False, capture_output=True)
    if made.exists():
        os.environ["LOCPATH"] = f"{folder}:/usr/lib/locale"


def kept_answers() -> bool:
    """Whether the kept server of this checkout runs."""
    return (KEPT / "data").exists() and embedded.postgres_answers(KEPT)


@contextmanager
def copied(server_url: str, locale: str = "C") -> Iterator[str]:
    """The URL of a migrated, empty database of one's own, dropped afterwards. `locale` is a row of `LOCALES`; raises NoSuchLocale."""
    admin = _admin(server_url)
    name = f"test_{os.getpid()}_{uuid.uuid4().hex[:12]}"
    try:
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {_template(connection, server_url, locale)}"))
        yield _renamed(server_url, name)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


def template_name(migrations: Path) -> str:
    """The name of the template that these migrations make: another one as soon as a letter of them changes."""
    content = hashlib.sha256()
    for file in sorted(migrations.rglob("*.py")):
        content.update(file.name.encode() + b"\0" + file.read_bytes())
    return f"template_{content.hexdigest()[:12]}"


def _admin(url: str) -> Engine:
    return create_engine(driver_url(url), isolation_level="AUTOCOMMIT", poolclass=NullPool)


def _renamed(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
    try:
        yield
    finally:
        connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})


def _template(connection: Connection, url: str, locale: str) -> str:
    """The template of today's migrations, made by whoever comes first. It has its name only when it is complete."""
    name = template_name(resources.folder("migrations")) + LOCALES[locale].ending
    with _alone(connection):
        if not connection.execute(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}).scalar():
            connection.execute(text(f"DROP DATABASE IF EXISTS {name}_making WITH (FORCE)"))
            _create(connection, f"{name}_making", LOCALES[locale])
            _migrate(_renamed(url, f"{name}_making"))
            connection.execute(text(f"ALTER DATABASE {name}_making RENAME TO {name}"))
    return name


def _create(connection: Connection, name: str, locale: Locale) -> None:
    """An empty database, by the first of the locale's ways that this server knows."""
    refusals = []
    for way in locale.ways:
        try:
            connection.execute(text(f"CREATE DATABASE {name} {way}"))
        except DBAPIError as why:
            refusals.append(str(why.orig).splitlines()[0])
        else:
            return
    raise NoSuchLocale("; ".join(refusals))


def _migrate(url: str) -> None:
    with create_engine(driver_url(url), poolclass=NullPool).connect() as connection:
        alembic.command.upgrade(prepare_database.config(connection), "head")
        connection.commit()


def somebody_waits(engine: Engine) -> bool:
    """Whether anybody in this database waits for a lock."""
    waits = text("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database())")
    with engine.connect() as connection:
        return bool(connection.scalar(waits))


def drop_leftovers(url: str) -> None:
    """Drop copies of runs that were killed, and templates of other migrations."""
    today = template_name(resources.folder("migrations"))
    with _admin(url).connect() as connection, _alone(connection):
        for name in connection.execute(text(r"SELECT datname FROM pg_database WHERE datname LIKE 'te%\_%'")).scalars().all():
            kind, owner, *_ = name.split("_")
            left = began(int(owner)) is None if kind == "test" else not name.startswith(today)
            if left:
                connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


def start() -> str:
    """Start the kept server and make its template; its URL."""
    if not kept_answers():
        locales(KEPT / "locales")
        embedded.start_postgres(KEPT, *OPTIONS)
    url = embedded.postgres_url(KEPT)
    with copied(url):
        return url


def stop() -> None:
    """Stop the kept server, and remove its data."""
    if kept_answers():
        embedded.stop_postgres(KEPT)
    shutil.rmtree(KEPT, ignore_errors=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["start"]:
            print(f"Tests now use {start()} until `make test-server-stop`.")
        case ["stop"]:
            stop()
        case _:
            sys.exit("python -m tests.servers start|stop")
