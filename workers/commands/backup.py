"""How is the database kept safe? By PostgreSQL's own programs: those of the wheel, or those on PATH."""

import shutil
import subprocess
from pathlib import Path

import settings
from workers.processes import embedded


class BackupError(Exception):
    """It could not be written, or read back; the text says why."""


def _program(name: str) -> str:
    try:
        return str(embedded.postgres_bin(name))
    except embedded.EmbeddedError:
        found = shutil.which(name)
    if found is None:
        raise BackupError(f"{name} is not here: install PostgreSQL's client programs.")
    return found


def _run(*words: str) -> None:
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    if done.returncode:
        raise BackupError(done.stderr.strip()[-2000:])


def save(file: Path) -> None:
    """Write the whole database to `file`, in pg_dump's custom format. Raises BackupError."""
    unfinished = file.with_name(file.name + ".unfinished")
    unfinished.touch(mode=0o600)
    _run(_program("pg_dump"), "--format=custom", "--no-owner", f"--file={unfinished}", settings.current().database_url)
    unfinished.replace(file)


def restore(file: Path) -> None:
    """Replace everything in the database by what `file` holds, wholly or not at all. Raises BackupError."""
    words = ("--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error")
    _run(_program("pg_restore"), *words, f"--dbname={settings.current().database_url}", str(file))
