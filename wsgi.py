"""The web application for a WSGI server: `gunicorn wsgi:app`.

The composition root of the web: pages and the broker meet here, so that what a page writes down is looked at at once.
"""

import socket

from gunicorn import util
from gunicorn.http import message

from webapp import create_app
from webapp.api.door import no_request
from workers.queue import broker

message.MAX_REQUEST_LINE = 256 * 1024
"""Gunicorn allows 8 kB or no limit; a filter of the API that names a thousand ids takes 100 kB. `--limit-request-line` may go up to it."""


def say_no(sock: socket.socket, status: int, reason: str, details: str) -> None:
    """Gunicorn answers in HTML what is no HTTP, or too long."""
    util.write_nonblock(sock, no_request.answer(status, reason, details))


util.write_error = say_no

broker.setup()
app = create_app()
