"""The web application for a WSGI server: `gunicorn wsgi:app`.

The composition root of the web: here pages and workers meet, so that what a page writes down is looked at at once. Neither imports the other.
"""

from webapp import create_app
from workers import broker

broker.setup()
app = create_app()
