"""What does the environment say? The only module that reads it; everybody else asks `current()`."""

import functools
import os
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything that is decided outside the program, read once and frozen."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="LARGESSE_")

    port: int = Field(8000, validation_alias="PORT")
    """TCP port of the web application on loopback."""
    data: Path = Path("var")
    """Where the embedded PostgreSQL and Valkey, keys and uploads live."""
    demo: bool = True
    """Whether the first start of an empty database fills in demo data."""
    bind: str = "127.0.0.1"
    """The address the web application listens on; `0.0.0.0` inside a container."""
    first_admin: str = "admin@example.com"
    """Who is made an administrator at the first start; the password is made up and printed once."""
    database_url: str = Field("", validation_alias="DATABASE_URL")
    """A PostgreSQL URL; empty means the embedded server under `data`."""
    broker_url: str = Field("", validation_alias="BROKER_URL")
    """A Redis URL; empty means the embedded Valkey, `stub://` an in-memory broker for tests."""
    secret_keys: str = ""
    """Comma-separated keys, newest first: the first one signs and encrypts, all of them read. Empty: `data`/secret_keys."""
    allow_private: str = ""
    """Comma-separated CIDR ranges of private addresses that webhooks and providers may reach, e.g. `127.0.0.0/8`."""
    log_level: str = "INFO"
    """`DEBUG`, `INFO`, `WARNING` or `ERROR`."""
    log_json: bool = False
    """Whether log lines are JSON objects, for programs that read them."""
    https: bool = False
    """Whether browsers reach us by HTTPS: session cookies are then marked Secure."""
    web_threads: int = 8
    """Requests that one web process answers at a time."""
    web_workers: int = 1
    """Web processes behind one port."""
    worker_threads: int = 4
    """Threads of each worker process; each holds at most one database connection while it works."""
    ci: bool = Field(False, validation_alias="CI")
    """Tests only: whether a journey that cannot run for want of a browser fails the run."""
    chromium: str = Field("", validation_alias="CHROMIUM")
    """Tests only: the Chromium that journeys drive; empty: one found on PATH."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The secret keys, newest first.

        Raises RuntimeError where there is none: a key is never invented silently, or yesterday's secrets become unreadable.
        """
        text = self.secret_keys
        file = self.data / "secret_keys"
        if not text and file.exists():
            text = file.read_text()
        keys = tuple(k.strip() for k in text.replace("\n", ",").split(",") if k.strip())
        if not keys:
            raise RuntimeError(f"No secret key: set LARGESSE_SECRET_KEYS, or let `largesse run` write {file}.")
        return keys

    @property
    def private_ranges(self) -> tuple[str, ...]:
        """The private CIDR ranges that may be reached."""
        return tuple(r.strip() for r in self.allow_private.split(",") if r.strip())


def driver_url(url: str) -> str:
    """The same URL with psycopg 3 as its driver, which `postgres://` and `postgresql://` do not say."""
    head, _, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if head in {"postgres", "postgresql"} else url


@functools.cache
def current() -> Settings:
    """The settings of this process. Tests that change the environment call `current.cache_clear()`."""
    return Settings()


def child_environment(**changes: str) -> dict[str, str]:
    """What a child process is given: our own environment, with `changes`."""
    return {**os.environ, **changes}


def change(**changes: str) -> None:
    """Let this process read other settings from now on (the command line, on finding the embedded servers running)."""
    os.environ.update(changes)
    current.cache_clear()
