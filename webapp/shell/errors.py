"""What does a person see when something went wrong? What happened, what to do, and a reference that finds the log line."""

from flask import Flask, current_app, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from werkzeug.exceptions import Forbidden, HTTPException

import logs
from domain.journal.trouble import is_trouble
from domain.kernel.errors import Refused, Stale
from domain.workspace.people import roles
from webapp import access, pages, security
from webapp.database import db
from webapp.shell import again
from webapp.shell.trouble import Trouble

log = logs.log(__name__)

TROUBLES = {
    400: Trouble("We could not read that request.", "Go back, load the page again and try once more."),
    403: Trouble("You may not do this.", "Ask somebody who may."),
    404: Trouble("There is nothing at this address.", "It may have been deleted, or the link is not complete."),
    405: Trouble("This address cannot be opened like that.", "Go back and use the button on the page."),
    409: Trouble("Somebody saved first.", "Nothing of yours was written. Load the page to see what changed, then enter it again."),
    413: Trouble("That is too large.", "A file may have up to 256 MB; a form far less."),
    422: Trouble("Something in the form is not right.", "Go back and look at the fields that are marked."),
    429: Trouble("Too many tries.", "Wait some minutes, then try again."),
    500: Trouble(
        "This did not work, and it is our fault.", "What was not confirmed to you was not done. If you tell us, tell us the reference."
    ),
    503: Trouble("We cannot get at the data just now.", "Nothing was changed. Wait a moment, then try once more."),
}
BUSY = 5
"""Seconds after which to ask again while the database is away, full or busy."""
CANNOT_BE_KEPT = Trouble(
    "Something in it cannot be kept.",
    "A text is too long or a number too large for its place. Make it smaller; if you tell us, tell us the reference.",
)
AT_ONCE = Trouble(
    "Somebody did the same at this very moment.", "Nothing of yours was written. Load the page to see what is there now, then try again."
)
CLASHES = ("23503", "23505", "40P01", "40001")
"""What the database says of rows that somebody else has just made, or has just taken away, and of two who waited for each other."""
EXPIRED = Trouble(
    "This form is no longer valid.",
    "Since the page was opened you were signed out, or signed in again in another tab. Load it again and send it once more.",
)


def init_app(app: Flask) -> None:
    """Draw every error as a page of ours."""
    app.register_error_handler(CSRFError, _expired)
    app.register_error_handler(Forbidden, _forbidden)
    app.register_error_handler(Stale, _stale)
    app.register_error_handler(Refused, _not_right)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(IntegrityError, _at_once)
    app.register_error_handler(OperationalError, _at_once)
    app.register_error_handler(DBAPIError, _cannot_be_kept)
    app.register_error_handler(UnicodeEncodeError, _cannot_be_kept)
    app.register_error_handler(Exception, _broke)


def _expired(error: CSRFError) -> ResponseReturnValue:
    signed_in = access.person() is not None
    if not pages.wants_block() and again.can_be_kept():
        return again.page(EXPIRED if signed_in else again.SIGNED_OUT, 400 if signed_in else 401, signed_in)
    return _page(400, EXPIRED)


def _forbidden(error: Forbidden) -> ResponseReturnValue:
    verb = error.description or ""
    if verb not in roles.VERBS:
        return _page(403, TROUBLES[403])
    names = access.who_can(verb)
    able = f"{' and '.join(filter(None, [', '.join(names[:-1]), names[-1]]))} can." if names else "Nobody can at the moment."
    return _page(403, Trouble(f"You may not {roles.VERBS[verb]}.", able))


def _stale(error: Stale) -> ResponseReturnValue:
    db.session.rollback()
    return _page(409, Trouble(f"{error.by or 'Somebody'} changed {error.what} while you were editing.", TROUBLES[409].text))


def _not_right(error: Refused) -> ResponseReturnValue:
    db.session.rollback()
    return _page(422, Trouble(TROUBLES[422].title, str(error)))


def _refused(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if code < 400:
        return error.get_response()
    trouble = TROUBLES.get(code, Trouble(error.name, error.description or ""))
    said = error.description if error.description and error.description != type(error).description else ""
    return _page(code, Trouble(trouble.title, said or trouble.text))


def _at_once(error: DBAPIError) -> ResponseReturnValue:
    """Two wrote the same at once (two people, two tabs, two clicks): the later one is asked once more, and sees what is there by now."""
    if getattr(error.orig, "sqlstate", "") not in CLASHES:
        return _cannot_be_kept(error)
    db.session.rollback()
    if g.get("asked_again"):
        log.warning("a request clashed twice", exc_info=error)
        return _page(409, AT_ONCE)
    g.asked_again = True
    for file in request.files.values():
        file.stream.seek(0)
    try:
        return current_app.dispatch_request()
    except Exception as why:  # what the view says the second time is said in its own way, too
        return current_app.handle_user_exception(why)


def _cannot_be_kept(error: Exception) -> ResponseReturnValue:
    """A value that passed our own checks and that the database refuses: the log says which statement."""
    if isinstance(error, DBAPIError) and not _about_a_value(error):
        return _broke(error)
    log.error("the database refused a value", exc_info=error)
    db.session.rollback()
    return _page(400, CANNOT_BE_KEPT)


def _about_a_value(error: DBAPIError) -> bool:
    """Whether the value is at fault (data exception, limit of an index), and not a connection, a lock or our statement."""
    return isinstance(error, DataError) or (getattr(error.orig, "sqlstate", "") or "").startswith(("22", "54"))


def _broke(error: Exception) -> ResponseReturnValue:
    """Our fault, unless the database is away, full or busy: that passes, and asking again is the remedy."""
    log.error("a request broke", exc_info=error)
    db.session.rollback()
    if not is_trouble(error):
        return _page(500, TROUBLES[500])
    access.forget()  # what is known of the person cannot be read again now
    response = make_response(_page(503, TROUBLES[503]))
    response.headers["Retry-After"] = str(BUSY)
    return response


def _page(code: int, trouble: Trouble) -> ResponseReturnValue:
    if code < 500:
        log.info("a request was refused", status=code)
    if pages.wants_block():
        return pages.say(f"{trouble.title} {trouble.text}", status=code, kind="bad", icon="circle-alert", reference=security.reference())
    signed_in = access.person() is not None
    return make_response(
        render_template(
            "error.html", code=code, trouble=trouble, signed_in=signed_in, back=request.referrer, reference=security.reference()
        ),
        code,
    )
