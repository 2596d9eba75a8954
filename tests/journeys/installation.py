"""A whole installation for journeys: `largesse run` on an empty data directory and a free port, stopped at the end."""

import ctypes
import datetime
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker

from domain import tables
from domain.kernel import clock
from domain.tables.workspace import User
from domain.workspace.signing_in import password_hashing
from tests.sink import free_port
from workers.processes import embedded
from workers.session import driver_url

ROOT = Path(__file__).parent.parent.parent
READY = re.compile(r"Largesse is ready: (?P<url>http://\S+)\s+\(sign in as (?P<email>\S+)(?: with the password (?P<password>\S+)\))?")
PASSWORD = "one password for the whole cast"
assert tables.metadata  # every model is loaded, so that sessions beside the installation know all foreign keys
CAST = {"ada": "admin", "ann": "marketer", "bo": "viewer"}


@dataclass(frozen=True)
class Installation:
    """One that runs. `transaction()` reaches its database beside it, as another process would."""

    url: str
    email: str
    password: str
    data: Path
    process: subprocess.Popen[str]
    maker: sessionmaker[Session]

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session on its database, committed at the end."""
        with self.maker.begin() as session:
            yield session

    def pass_time(self, **by: float) -> None:
        """Move its clock forward: `pass_time(minutes=10)`."""
        with self.transaction() as session:
            clock.shift(session, datetime.timedelta(**by))

    def until(self, true: Callable[[Session], object], seconds: float = 180) -> None:
        """Wait until `true(session)` is so. The seconds say when to give up and are no promise: others may be busy, too."""
        end = time.monotonic() + seconds
        while True:
            with self.transaction() as session:
                if true(session):
                    return
            assert time.monotonic() < end, f"not so within {seconds} seconds; logs are in {self.data / 'log'}"
            time.sleep(0.1)


def end_with_us() -> None:
    """Between fork and exec: be asked to end when the tests are killed, so that no installation outlives them (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


@contextmanager
def started(demo: bool = False, **environment: str) -> Iterator[Installation]:
    """Start one, with the cast signed up; stop it at the end."""
    with tempfile.TemporaryDirectory(prefix="largesse-journey-", dir="/tmp") as folder:
        data = Path(folder)
        data.chmod(0o755)
        given = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "BROKER_URL", "LARGESSE_SECRET_KEYS"}}
        given |= {"LARGESSE_DATA": folder, "PORT": str(free_port()), "LARGESSE_DEMO": str(int(demo)), **environment}
        words = (sys.executable, "-m", "largesse", "run")
        process = subprocess.Popen(
            words, env=given, cwd=ROOT, text=True, stdout=subprocess.PIPE, start_new_session=True, preexec_fn=end_with_us
        )
        try:
            yield _ready(process, data)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(90)
            for file in sorted((data / "log").glob("*.log")):
                for line in file.read_text(errors="replace").splitlines():
                    if "level='error'" in line:
                        print(file.name, line)  # shown beside the failure it explains


def _ready(process: subprocess.Popen[str], data: Path) -> Installation:
    assert process.stdout is not None
    line = process.stdout.readline()
    said = READY.search(line)
    assert said, f"it did not become ready; it said {line!r}; logs are in {data / 'log'}"
    engine = create_engine(driver_url(embedded.postgres_url(data / "postgres")))
    one = Installation(said["url"], said["email"], said["password"] or "", data, process, sessionmaker(engine, expire_on_commit=False))
    with one.transaction() as session:
        for name, role in CAST.items():
            session.add(_person(session, name, role))
    return one


def _person(session: Session, name: str, role: str) -> User:
    now = clock.now(session)
    address = f"{name}@example.com"
    return User(
        email=address,
        email_key=address,
        name=name.title(),
        role=role,
        password=password_hashing.hashed(PASSWORD),
        created_at=now,
        updated_at=now,
    )
