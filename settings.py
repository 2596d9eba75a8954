"""What does the environment say? The only module that reads it; everybody else asks `current()`.

A plain dataclass: pydantic-settings would hold 18 MB in each of our processes for twenty values (docs/adr/0002).
"""

import dataclasses
import functools
import ipaddress
import math
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import resources

CALL_THREADS = 8
"""Call threads of a worker that may be at the database at once: the others wait for a provider and hold no connection. As many tasks of a
clock run at a time."""
LEASE_THREADS = 1
"""The thread of a worker process that says every few seconds that it lives."""


class SettingsError(ValueError):
    """A variable has a value that cannot be; the text names it."""


def _named(variable: str, default: Any) -> Any:
    """A setting whose variable is not simply LARGESSE_ and its name."""
    return dataclasses.field(default=default, metadata={"variable": variable})


@functools.lru_cache(maxsize=4)
def _keys_in(text: str) -> tuple[str, ...]:
    return tuple(k.strip() for k in text.replace("\n", ",").split(",") if k.strip())


@functools.lru_cache(maxsize=4)
def _read_once(file: Path, changed: int) -> str:
    return file.read_text()


def _keys_of(file: Path) -> tuple[str, ...]:
    """Read again only when the file has changed: a link in every message needs them."""
    try:
        return _keys_in(_read_once(file, file.stat().st_mtime_ns))
    except FileNotFoundError:
        return ()


@dataclass(frozen=True)
class Settings:
    """Everything that is decided outside the program, read once and frozen."""

    port: int = _named("PORT", 8000)
    """TCP port of the web application on loopback."""
    data: Path = Path("~/.local/share/largesse").expanduser() if resources.installed() else Path("var")
    """Where the embedded PostgreSQL and Valkey, keys and uploads live."""
    demo: bool = True
    """Whether the first start of an empty database fills in demo data."""
    bind: str = "127.0.0.1"
    """The address the web application listens on; `0.0.0.0` inside a container."""
    first_admin: str = "admin@example.com"
    """Who is made an administrator at the first start; the password is made up and printed once."""
    database_url: str = _named("DATABASE_URL", "")
    """A PostgreSQL URL; empty means the embedded server under `data`."""
    broker_url: str = _named("BROKER_URL", "")
    """A Redis URL; empty means the embedded Valkey, `stub://` an in-memory broker for tests."""
    secret_keys: str = ""
    """Comma-separated keys, newest first: the first one signs and encrypts, all of them read. Empty: `data`/secret_keys."""
    allow_private: str = ""
    """Comma-separated CIDR ranges of private addresses that webhooks and providers may reach, e.g. `127.0.0.0/8`."""
    log_level: str = "INFO"
    """`DEBUG`, `INFO`, `WARNING` or `ERROR`."""
    log_format: str = "console"
    """`console`: lines that people read; `json`: one object a line, for programs."""
    metrics_token: str = ""
    """What Prometheus shows as `Authorization: Bearer …` to be told /metrics; empty: there is no /metrics."""
    https: bool = False
    """Whether browsers reach us by HTTPS: session cookies are then marked Secure."""
    session_idle_hours: int = 12
    """Hours without a request after which a browser has to sign in again."""
    session_days: int = 30
    """Days after signing in at which a browser has to sign in again, however often it was here."""
    proxies: int = 0
    """How many proxies of ours stand before the web application and say whom they ask for (`X-Forwarded-For`, `X-Forwarded-Proto`)."""
    receipts_waiting_mb: int = 1000
    """Megabytes of receipts that may wait to be applied; above it their door answers 503, and providers repeat."""
    web_threads: int = 8
    """Requests that one web process answers at a time."""
    web_workers: int = 1
    """Web processes behind one port."""
    worker_threads: int = 4
    """Threads of each worker process that take work; `worker_connections` says how many connections they and their helpers may hold."""
    postgres_options: str = ""
    """Options of the embedded PostgreSQL that win over those made for this machine, e.g. `shared_buffers=2GB work_mem=64MB`."""
    call_seconds: float = 15.0
    """Seconds that a call to a provider with one message may take as a whole, its answer included."""
    batch_call_seconds: float = 60.0
    """Seconds that a call to a provider with many messages may take as a whole, its answer included."""
    restart_after: int = 500
    """Milliseconds; what falls twice within a minute is started again after four times as long, then eight, at most thirty."""
    ci: bool = _named("CI", False)
    """Tests only: whether a journey that cannot run for want of a browser fails the run."""
    chromium: str = _named("CHROMIUM", "")
    """Tests only: the Chromium that journeys drive; empty: one found on PATH."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The secret keys, newest first.

        Raises RuntimeError where there is none: a key is never invented silently, or yesterday's secrets become unreadable.
        """
        keys = _keys_in(self.secret_keys) if self.secret_keys else _keys_of(self._key_file)
        if not keys:
            raise RuntimeError(f"No secret key: set LARGESSE_SECRET_KEYS, or let `largesse run` write {self._key_file}.")
        return keys

    @functools.cached_property
    def _key_file(self) -> Path:
        return self.data / "secret_keys"

    @property
    def web_connections(self) -> int:
        """Database connections of one web process: one for each request that is answered, and two to spare."""
        return self.web_threads + 2

    @property
    def worker_connections(self) -> int:
        """Database connections of one worker or clock: one for each thread that may work at once, and two to spare.

        Threads that take nudges come twice: as many look at rows unasked where the broker is silent.
        """
        return 2 * self.worker_threads + CALL_THREADS + LEASE_THREADS + 2

    @property
    def private_ranges(self) -> tuple[str, ...]:
        """The private CIDR ranges that may be reached."""
        return tuple(r.strip() for r in self.allow_private.split(",") if r.strip())


def variable(setting: dataclasses.Field[Any]) -> str:
    """The environment variable of a setting."""
    name: str = setting.metadata.get("variable", f"LARGESSE_{setting.name.upper()}")
    return name


def _truth(text: str) -> bool:
    if text.lower() in {"1", "true", "yes", "on"}:
        return True
    if text.lower() in {"0", "false", "no", "off", ""}:
        return False
    raise ValueError(text)


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 < number < math.inf:
        raise ValueError(text)
    return number


BOUNDS = {
    "port": (0, 65_535), "proxies": (0, 16), "session_idle_hours": (1, 8_760), "session_days": (1, 3_650),
    "receipts_waiting_mb": (0, 1_000_000), "restart_after": (0, 600_000), "web_threads": (1, 256), "web_workers": (1, 64),
    "worker_threads": (1, 64),
}  # fmt: skip
"""Whole number -> the least and the most it may be."""


def _networks(text: str) -> bool:
    return bool([ipaddress.ip_network(word.strip(), strict=False) for word in text.split(",") if word.strip()])


def _like(pattern: str) -> Callable[[str], bool]:
    return lambda text: bool(re.fullmatch(pattern, text))


_CHECKS: dict[str, tuple[Callable[[str], bool], str]] = {
    "bind": (_like(r"[A-Za-z0-9:][A-Za-z0-9.:-]*"), "an address to listen on, like 127.0.0.1 or 0.0.0.0"),
    "first_admin": (_like(r"[^@\s]+@[^@\s]+"), "an e-mail address"),
    "log_format": (_like("console|json"), "console or json"),
    "postgres_options": (_like(r"([A-Za-z_][\w.]*=\S+\s*)+"), "options like shared_buffers=2GB, with spaces between them"),
    "allow_private": (_networks, "ranges like 10.0.0.0/8 with commas between them"),
    "log_level": (lambda text: text.upper() in {"DEBUG", "INFO", "WARNING", "ERROR"}, "DEBUG, INFO, WARNING or ERROR"),
    "database_url": (lambda text: text.startswith(("postgresql://", "postgres://", "postgresql+psycopg://")), "a URL like postgresql://…"),
    "broker_url": (lambda text: text.startswith(("redis://", "rediss://", "unix://", "stub://")), "a URL like redis://…"),
}
"""Text that cannot be just any -> whether it can be, and what it must be."""
_READERS: dict[type, tuple[Callable[[str], Any], str]] = {
    bool: (_truth, "1 or 0"),
    int: (int, "a whole number"),
    float: (_seconds, "a number above 0"),
    str: (str, "text"),
    Path: (Path, "a path"),
}


def read(environment: Mapping[str, str]) -> Settings:
    """The settings of an environment. Raises SettingsError naming the variable that cannot be understood."""
    values = {}
    for setting in dataclasses.fields(Settings):
        text = environment.get(variable(setting), "").strip()
        if text:
            reader, kind = next(both for of, both in _READERS.items() if isinstance(setting.default, of))
            try:
                values[setting.name] = reader(text)
                wanted = _wanted(setting.name, values[setting.name])
            except ValueError:
                wanted = _CHECKS[setting.name][1] if setting.name in _CHECKS else kind
            if wanted:
                said = "" if setting.name.endswith("_url") else f", not {text!r}"  # a URL may hold a password
                raise SettingsError(f"{variable(setting)} must be {wanted}{said}.")
    return Settings(**values)


def _wanted(name: str, value: Any) -> str:
    """What a value of the right kind must be instead; empty where it can be."""
    if name in BOUNDS:
        least, most = BOUNDS[name]
        return "" if least <= value <= most else f"a whole number from {least:,} to {most:,}"
    fits, wanted = _CHECKS.get(name, (lambda text: True, ""))
    return "" if fits(value) else wanted


def driver_url(url: str) -> str:
    """The same URL with psycopg 3 as its driver, which `postgres://` and `postgresql://` do not say."""
    head, _, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if head in {"postgres", "postgresql"} else url


@functools.cache
def current() -> Settings:
    """The settings of this process. Tests that change the environment call `current.cache_clear()`."""
    return read(os.environ)


def child_environment(**changes: str) -> dict[str, str]:
    """What a child process is given: our own environment, with `changes`."""
    return {**os.environ, **changes}


def change(**changes: str) -> None:
    """Let this process read other settings from now on (the command line, on finding the embedded servers running)."""
    os.environ.update(changes)
    current.cache_clear()
