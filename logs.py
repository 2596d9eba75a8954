"""How does a process write its log? One line per happening, as words or as JSON, with names for values and no personal data.

Addresses, names, codes and credentials have no place in a log: say which row it was by its id. What libraries log goes the same way, so
that every line of every process is of one shape.
"""

import logging
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Any

import structlog

import settings

QUIET = ("werkzeug", "dramatiq", "urllib3", "gunicorn.access")
"""Libraries whose every step is no news."""
_DATABASE_ERROR = re.compile(r"(psycopg\.errors\.\w+|sqlalchemy\.exc\.\w+: \(psycopg\.errors\.\w+\))")
_GOES_ON = ("Traceback", "The above exception", "During handling", "  File")
"""How lines begin that are no longer the words of a database's error."""
_SHARED: tuple[structlog.typing.Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", key="at"),
    structlog.processors.format_exc_info,
)


class _StandardError(logging.Handler):
    """Writes to whatever standard error is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line."""
        try:
            print(self.format(record), file=sys.stderr, flush=True)
        except (OSError, ValueError):  # nobody reads it any more: that is no reason to stop
            self.handleError(record)


def begin(process: str) -> None:
    """Set up this process's log by the settings; `process` (web, worker-bulk, clock …) stands in every line."""
    now = settings.current()
    level = logging.getLevelNamesMapping().get(now.log_level.upper(), logging.INFO)
    renderer = _renderer(now.log_format)
    handler = _StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _without_statements, renderer],
            foreign_pre_chain=[*_SHARED, _named(process)],
        )
    )
    root = logging.getLogger()
    root.handlers = [*(one for one in root.handlers if not isinstance(one.formatter, structlog.stdlib.ProcessorFormatter)), handler]
    root.setLevel(level)
    for library in QUIET:
        logging.getLogger(library).setLevel(max(level, logging.WARNING))
    structlog.configure(
        processors=[*_SHARED, _named(process), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _renderer(format: str) -> structlog.typing.Processor:
    match format:
        case "json":
            return structlog.processors.JSONRenderer(ensure_ascii=False)
        case "console":
            return structlog.processors.KeyValueRenderer(key_order=["at", "level", "event"])
        case _:
            raise settings.SettingsError(f"LARGESSE_LOG_FORMAT must be console or json, not {format!r}.")


def _named(process: str) -> structlog.typing.Processor:
    def name(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event.setdefault("process", process)
        return event

    return name


def _without_statements(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Errors of the database quote statements and values, which are people's: of each its class stays."""
    if "psycopg.errors." in str(event.get("exception", "")):
        event["exception"] = "\n".join(_classes(str(event["exception"]).splitlines()))
    return event


def _classes(lines: Iterable[str]) -> Iterator[str]:
    quoting = False
    for line in lines:
        if found := _DATABASE_ERROR.match(line):
            quoting = True
            yield found[1]
        elif not quoting or line.startswith(_GOES_ON):
            quoting = False
            yield line


def log(name: str) -> structlog.typing.FilteringBoundLogger:
    """The log of one module: `log(__name__).info("import ended", job=..., lines=...)`."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(module=name)
    return logger


def within(**ids: str) -> Any:
    """Let every line that is logged inside a `with` carry these ids."""
    return structlog.contextvars.bound_contextvars(**ids)
