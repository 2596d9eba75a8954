"""How does gunicorn log? Like every other process of ours, its parent included."""

import logging

from gunicorn.config import Config
from gunicorn.glogging import Logger

import logs


class WebLogger(Logger):
    """Hands gunicorn's lines to the log of the process; `--logger-class`."""

    def setup(self, cfg: Config) -> None:
        """Set up the log, and keep gunicorn's own handlers out."""
        super().setup(cfg)
        logs.begin("web")
        for name in ("gunicorn.error", "gunicorn.access"):
            logging.getLogger(name).handlers.clear()
            logging.getLogger(name).propagate = True
