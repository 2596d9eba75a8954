"""How does a process write its log? One line per happening, as words or as JSON, with names for values and no personal data.

Addresses, names, codes and credentials have no place in a log: say which row it was by its id. What an exception says is left out for
the same reason (a database quotes the row that it refused): its kind, its error code and the lines of code it came through are written.
What libraries log goes the same way, so that every line of every process is of one shape.
"""

import logging
import sys
import threading
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, TextIO

import structlog

import settings

ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None]
QUIET = ("werkzeug", "dramatiq", "urllib3", "waitress")
"""Libraries whose every step is no news."""


def format_exception(exc_info: ExceptionInfo) -> str:
    """An exception without its words: the code it came through, its kind, and those of its causes."""
    error: BaseException | None = exc_info[1]
    lines: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        code = getattr(error, "sqlstate", None)
        lines += [
            *traceback.format_tb(error.__traceback__),
            f"{type(error).__module__}.{type(error).__qualname__}{f' {code}' if code else ''}\n",
        ]
        cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        lines += ["from\n"] if cause is not None else []
        error = cause
    return "".join(lines).rstrip()


_SHARED: tuple[structlog.typing.Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", key="at"),
    structlog.processors.ExceptionRenderer(format_exception),
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
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=[*_SHARED, _named(process)],
        )
    )
    root = logging.getLogger()
    root.handlers = [*(one for one in root.handlers if not isinstance(one.formatter, structlog.stdlib.ProcessorFormatter)), handler]
    root.setLevel(level)
    sys.excepthook = _uncaught
    threading.excepthook = lambda given: _uncaught(given.exc_type, given.exc_value, given.exc_traceback)
    for library in QUIET:
        logging.getLogger(library).setLevel(max(level, logging.WARNING))
    structlog.configure(
        processors=[*_SHARED, _named(process), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _renderer(format: str) -> structlog.typing.Processor:
    if format == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.processors.KeyValueRenderer(key_order=["at", "level", "event"])


def _named(process: str) -> structlog.typing.Processor:
    def name(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event.setdefault("process", process)
        return event

    return name


def log(name: str) -> structlog.typing.FilteringBoundLogger:
    """The log of one module: `log(__name__).info("import ended", job=..., lines=...)`."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(module=name)
    return logger


def within(**ids: str) -> Any:
    """Let every line that is logged inside a `with` carry these ids."""
    return structlog.contextvars.bound_contextvars(**ids)


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None, to: TextIO | None = None) -> None:
    if error is None or issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    print(format_exception((kind, error, trace)), file=to or sys.stderr)
