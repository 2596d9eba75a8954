"""Who is asking, and may they? Every view says which verb it needs; whoever may not is told who can."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.exceptions import Forbidden

from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.tables import workspace
from domain.tables.workspace import User, UserSession
from domain.workspace.people import roles
from domain.workspace.signing_in import second_factor, sessions
from webapp.database import db
from webapp.shell import again

View = TypeVar("View", bound=Callable[..., Any])


def init_app(app: Flask) -> None:
    """Ask every request who it is from, and give templates `can`, `person` and `who_can`."""
    app.before_request(_ask)
    app.jinja_env.globals.update(can=can, person=person, who_can=who_can, needed_for=roles.VERBS)


def public(view: View) -> View:
    """This view answers whoever asks: sign-in, health, receipts, unsubscribing."""
    view.public = True  # type: ignore[attr-defined] # a mark of views, asked for by its name
    return view


def before_second_factor(view: View) -> View:
    """This view is open, too, to whoever is signed in but has still to set up the second factor that the project asks for."""
    view.before_second_factor = True  # type: ignore[attr-defined] # a mark of views, asked for by its name
    return view


def needs(verb: str) -> Callable[[View], View]:
    """This view is for people who may `verb` (a key of `domain.workspace.people.roles.VERBS`); 403 with who can for the others."""
    roles.VERBS[verb]

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            if not can(verb):
                raise Forbidden(verb)
            answer: ResponseReturnValue = view(*args, **kwargs)
            return answer

        guarded.verb = verb  # type: ignore[attr-defined] # a mark of views, asked for by its name
        return guarded  # type: ignore[return-value] # of the same signature

    return wrap


def person() -> User | None:
    """Who is signed in at this browser."""
    one: User | None = g.get("person")
    return one


def forget() -> None:
    """Nobody is known any more in this request: pages are drawn without the database."""
    g.person = g.user_session = None


def me() -> User:
    """The same where a view is only for signed-in people."""
    one = person()
    assert one is not None
    return one


def here() -> UserSession | None:
    """The session of this browser."""
    one: UserSession | None = g.get("user_session")
    return one


def can(verb: str) -> bool:
    """Whether the person asking may; nobody may anything."""
    one = person()
    return one is not None and roles.may(one.role, verb)


def actor() -> Actor:
    """The person asking, as commands and the audit trail know them."""
    one = me()
    return Actor(outside(Prefix.USER, one.id), one.name)


def who_can(verb: str) -> list[str]:
    """Names of people who may, for “Ada may launch”; at most five."""
    able = User.role.in_(roles.roles_that_may(verb))
    working = User.deactivated_at.is_(None), User.password != ""
    return list(db.session.scalars(select(User.name).where(able, *working).order_by(User.name).limit(5)))


def _ask() -> ResponseReturnValue | None:
    view = _view()
    if getattr(view, "skips_sign_in", False):
        return None
    word = session.get("word", "")
    found = sessions.session_of(db.session(), word) if word else None
    if found is not None:
        g.person, g.user_session = found
        if sessions.seen(db.session(), found[1]):
            db.session.commit()
        return _to_second_factor(view)
    if view is None or getattr(view, "public", False):
        return None
    return _to_sign_in()


def _to_second_factor(view: Callable[..., Any] | None) -> ResponseReturnValue | None:
    """Where the project asks everybody for a second factor, whoever has none sets it up before anything else."""
    if any(getattr(view, mark, False) for mark in ("public", "before_second_factor")):
        return None
    if not workspace.current_project(db.session()).second_factor_required or second_factor.on(db.session(), me()):
        return None
    where = url_for("account.second_factor")
    return ("", 200, {"HX-Redirect": where}) if request.headers.get("HX-Request") == "true" else redirect(where, 303)


def _view() -> Callable[..., Any] | None:
    return current_app.view_functions.get(request.endpoint or "")


def _to_sign_in() -> ResponseReturnValue:
    back = request.full_path.rstrip("?") if request.method == "GET" else ""
    where = url_for("auth.sign_in", next=back if back != "/" else None)
    if request.headers.get("HX-Request") == "true":
        return "", 401, {"HX-Reswap": "none"}  # the page says so, and keeps what was typed
    if again.can_be_kept():
        return again.page(again.SIGNED_OUT, 401, signed_in=False)
    return redirect(where, 303)
