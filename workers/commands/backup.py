"""How is the database kept safe? By PostgreSQL's own programs: those of the wheel, or those on PATH."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import settings
from domain.distributions.control import guard, pause
from domain.kernel.base import Prefix, new_id
from domain.workspace.project import database_mark
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
    """Replace everything in the database by what `file` holds, wholly or not at all. Raises BackupError.

    In the same transaction everything that would be sent is held: nobody ever reads the backup as it was. Where it and what runs meanwhile
    wait for each other, the others give way; where that may not be asked for, it begins again.
    """
    for tries_left in reversed(range(MOST_TRIES)):
        try:
            _restore(file)
        except BackupError as why:
            if not tries_left or _DEADLOCK not in str(why):
                raise
        else:
            return


def _restore(file: Path) -> None:
    address = settings.current().database_url
    into = (_program("psql"), "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", f"--dbname={address}", "--file=-")
    out = (_program("pg_restore"), *_WORDS, "--file=-", str(file))
    with tempfile.TemporaryFile() as said:  # not a pipe, which could fill up while nobody reads it
        with (
            subprocess.Popen(into, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said) as psql,
            subprocess.Popen(out, stdout=subprocess.PIPE, stderr=said) as script,
        ):
            _pour(script, psql)
        if script.returncode or psql.returncode:
            said.seek(0)
            raise BackupError(said.read().decode(errors="replace").strip()[-2000:])


def _pour(script: "subprocess.Popen[bytes]", psql: "subprocess.Popen[bytes]") -> None:
    """Give psql the script and, where that is whole, what holds its work; else end it, and its transaction with it."""
    assert psql.stdin is not None
    assert script.stdout is not None
    try:
        psql.stdin.write(_OTHERS_GIVE_WAY.encode())
        shutil.copyfileobj(script.stdout, psql.stdin)
        if script.wait() == 0:
            psql.stdin.write(held().encode())
            psql.stdin.close()
        else:
            psql.kill()
    except BrokenPipeError:
        script.kill()  # psql has given up, and says why


MOST_TRIES = 5
_DEADLOCK = "deadlock detected"
_OTHERS_GIVE_WAY = """
    DO $$ BEGIN
        PERFORM set_config('deadlock_timeout', '10min', true);
    EXCEPTION WHEN insufficient_privilege THEN NULL;
    END $$;
"""
"""Of those who wait for each other, the one who looks first is sent away: they look after a second, and try again."""
_WORDS = ("--clean", "--if-exists", "--no-owner")


def held() -> str:
    """SQL: hold what a restored backup would send, and let it be known by a new word."""
    known = database_mark.remembered(database_mark.file_of_mark())
    mark = f"'{new_id().hex} ' || floor(extract(epoch FROM now()) / 60)::bigint || ' {known.word}'" if known else "data_mark"
    said = guard.RESTORED.replace("'", "''")
    title = pause.TITLES["late"].replace("{name}", "' || name || '")
    return f"""
        RESET search_path;
        WITH held AS (
            UPDATE distributions SET status = 'paused', pause_reason = 'late', pause_detail = '{said}', updated_at = now()
            WHERE status IN ('scheduled', 'sending', 'live') RETURNING id, name)
        INSERT INTO notices (id, kind, subject, title, body, grave, created_at)
        SELECT largesse_uuid7(), 'late', '{Prefix.DISTRIBUTION}_' || replace(id::text, '-', ''), '{title}', '{said}', true, now() FROM held
        ON CONFLICT DO NOTHING;
        DO $$ BEGIN
            IF to_regclass('letters') IS NOT NULL THEN
                UPDATE letters SET state = 'failed', box = '', reason = '{guard.RESTORED_MAIL}' WHERE state IN ('waiting', 'open');
            END IF;
        END $$;
        UPDATE project SET data_mark = {mark};
    """
