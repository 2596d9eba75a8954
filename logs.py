"""How does a process write its log? One line per happening, as words or as JSON, with names for values and no personal data.

Addresses, names, codes and credentials have no place in a log: say which row it was by its id. What an exception says is left out for
the same reason (a database quotes the row that it refused): its kind, its error code and the lines of code it came through are written.
"""

import logging
import sys
import threading
import traceback
from types import TracebackType
from typing import TextIO

import structlog

import settings

ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def begin() -> None:
    """Set up this process's log by the settings; what libraries log goes the same way."""
    now = settings.current()
    level = logging.getLevelNamesMapping().get(now.log_level.upper(), logging.INFO)
    logging.basicConfig(level=level)
    for name in ("", "gunicorn.error"):
        for handler in logging.getLogger(name).handlers:
            handler.setFormatter(_Lines("%(message)s"))
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    sys.excepthook = _uncaught
    threading.excepthook = lambda given: _uncaught(given.exc_type, given.exc_value, given.exc_traceback)
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if now.log_json else structlog.processors.KeyValueRenderer(key_order=["at", "level", "event"])
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", key="at"),
            structlog.processors.ExceptionRenderer(told),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )


def log(name: str) -> structlog.typing.FilteringBoundLogger:
    """The log of one module: `log(__name__).info("import ended", job=..., lines=...)`."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(module=name)
    return logger


def told(exc_info: ExceptionInfo) -> str:
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


class _Lines(logging.Formatter):
    """Lines of libraries, with exceptions told like ours."""

    def formatException(self, ei: ExceptionInfo | tuple[None, None, None]) -> str:  # noqa: N802 - the name is the library's
        return "" if ei[1] is None else told(ei)


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None, to: TextIO | None = None) -> None:
    if error is None or issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    print(told((kind, error, trace)), file=to or sys.stderr)
