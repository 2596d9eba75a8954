"""The web application for a WSGI server: `wsgi:app`, and `wsgi.serve()` for ours.

The composition root of the web: pages, the broker and the web server meet here, so that what a page writes down is looked at at once.
"""

from webapp import create_app
from webapp.api.door import no_request
from workers.processes import web_processes
from workers.queue import broker

broker.setup()
app = create_app()


def serve() -> None:
    """Serve it until SIGTERM."""
    web_processes.serve(app, no_request.answer)
