"""Distributions: their list, the wizard that builds them, and the page of each one."""

from webapp.distributions import commands, detail, listing, previews
from webapp.distributions.blueprint import blueprint
from webapp.distributions.mail_editor import views as mail_editor
from webapp.distributions.wizard import platform_check, views

__all__ = ["blueprint", "commands", "detail", "listing", "mail_editor", "platform_check", "previews", "views"]
