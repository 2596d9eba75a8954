"""Templates: mails that were saved to begin others with, and the drawings that are here already."""

from flask import Blueprint

blueprint = Blueprint("mail_templates", __name__, url_prefix="/templates")

from webapp.mail_templates import commands, views  # noqa: E402, F401 - views hang themselves on the blueprint
