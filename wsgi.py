"""The web application for a WSGI server: `gunicorn wsgi:app`.

The composition root of the web: pages and the broker meet here, so that what a page writes down is looked at at once.
"""

from webapp import create_app
from workers.queue import broker

broker.setup()
app = create_app()
