"""How does a process write its log? One line per happening, as words or as JSON, with names for values and no personal data.

Addresses, names, codes and credentials have no place in a log: say which row it was by its id.
"""

import logging

import structlog

import settings


def begin() -> None:
    """Set up this process's log by the settings; what libraries log goes the same way."""
    now = settings.current()
    level = logging.getLevelNamesMapping().get(now.log_level.upper(), logging.INFO)
    logging.basicConfig(format="%(message)s", level=level)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if now.log_json else structlog.processors.KeyValueRenderer(key_order=["at", "level", "event"])
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", key="at"),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )


def log(name: str) -> structlog.typing.FilteringBoundLogger:
    """The log of one module: `log(__name__).info("import ended", job=..., lines=...)`."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(module=name)
    return logger
