"""The first door: pages for people, and the addresses that providers and customers call."""

import datetime
import importlib
import pkgutil
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import logs
import resources
import settings
from domain import tables
from domain.kernel import secrets
from webapp import access, formatting, health, links, metrics, pages, security
from webapp.database import db
from webapp.shell import clean_input, errors, filled_columns, navigation, static

assert tables.metadata is db.metadata  # one set of tables, all of them loaded


def create_app(**changes: Any) -> Flask:
    """The application, configured by the settings; `changes` are Flask's own keys, for tests."""
    app = Flask(__name__, template_folder=str(resources.folder("templates")), static_folder=None)
    app.config.from_mapping(_config() | changes)
    if proxies := settings.current().proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=0)  # type: ignore[method-assign] # as Flask wraps it
    logs.begin("web")
    db.init_app(app)
    for part in (clean_input, security, access, static, formatting, filled_columns, links, navigation, pages, errors, health, metrics):
        part.init_app(app)
    for area in areas():
        app.register_blueprint(importlib.import_module(f"webapp.{area}").blueprint)
    return app


def areas() -> list[str]:
    """Every package beside this file but the shell is an area with a `blueprint`; nothing is registered by hand."""
    return sorted(m.name for m in pkgutil.iter_modules(__path__) if m.ispkg and m.name != "shell")


def _config() -> dict[str, Any]:
    now = settings.current()
    newest, *older = secrets.keys_for("cookie")
    return {
        "SECRET_KEY": newest,
        "SECRET_KEY_FALLBACKS": older,
        "SESSION_COOKIE_NAME": "largesse",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": now.https,
        "PERMANENT_SESSION_LIFETIME": datetime.timedelta(days=now.session_days),
        "SQLALCHEMY_DATABASE_URI": settings.driver_url(now.database_url),
        "SQLALCHEMY_ENGINE_OPTIONS": {"pool_size": now.web_connections, "max_overflow": 0, "pool_pre_ping": True, "hide_parameters": True},
        "WTF_CSRF_TIME_LIMIT": None,
        "MAX_CONTENT_LENGTH": 1024 * 1024 * 256,
        "MAX_FORM_MEMORY_SIZE": 1024 * 1024 * 4,
    }
