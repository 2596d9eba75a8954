"""How does a view answer? With a page, or with the one block of it that htmx asked for."""

from dataclasses import asdict, dataclass
from typing import Any

from flask import Flask, Response, current_app, flash, get_flashed_messages, make_response, redirect, render_template, request
from jinja2_fragments.flask import render_block
from werkzeug.wrappers import Response as Answer

from domain.kernel.errors import Refused

BAD = 422
"""The status of a form that was not right: the same block, input kept."""


@dataclass(frozen=True)
class Toast:
    """A short word about what was done; `action` and `href` (or `post`) are the Undo beside it."""

    text: str
    icon: str = "check"
    kind: str = ""
    """Empty, or `bad`."""
    action: str = ""
    href: str = ""
    post: str = ""
    reference: str = ""


class Macros:
    """The macros of ui.html as `ui` in every template, blocks rendered alone included."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def __getattr__(self, name: str) -> Any:
        return getattr(self._app.jinja_env.get_template("ui.html").module, name)


def init_app(app: Flask) -> None:
    """Give templates their macros and toasts; say to caches that htmx gets another answer."""
    app.jinja_env.globals.update(ui=Macros(app), toasts=waiting_toasts)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.after_request(_vary)


def wants_block() -> bool:
    """Whether htmx asks for a part of a page, rather than a browser for all of it."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Request-Type") != "full"


def show(template: str, block: str | None = None, status: int = 200, push: str = "", **values: Any) -> Response:
    """The page, or only `block` of it where htmx asks; toasts ride along. `push` is the address htmx should show."""
    if block is not None and wants_block():
        response = make_response(render_block(template, block, **values) + _riding_toasts(), status)
        if push:
            response.headers["HX-Push-Url"] = push
        return response
    return make_response(render_template(template, **values), status)


def toast(text: str, **more: str) -> None:
    """Say this with the next answer, page or block: `toast("Saved.")`, `toast("Deleted.", action="Undo", post=url)`."""
    flash(asdict(Toast(text, **more)), "toast")  # type: ignore[arg-type] # the stubs know texts alone, JSON is kept


def show_field_errors(form: Any, refused: Refused) -> None:
    """Hang the mistakes of a command on the fields of its form; those of no field go to the summary."""
    for name, text in refused.mistakes.items():
        if name in form:
            form[name].errors = [*form[name].errors, text]
        else:
            form.form_errors.append(text)


def go(url: str) -> Answer:
    """After a POST that was right: on to another page, with htmx or without."""
    if request.headers.get("HX-Request") == "true":
        return Response(status=200, headers={"HX-Redirect": url})
    return redirect(url, 303)


def say(text: str, status: int = 200, **more: str) -> Response:
    """Answer htmx with nothing but a toast; the block stays as it is."""
    toast(text, **more)
    return make_response(_riding_toasts(), status)


def waiting_toasts() -> list[Any]:
    """Toasts that were not shown yet."""
    return list(get_flashed_messages(category_filter=["toast"]))


def _riding_toasts() -> str:
    waiting = waiting_toasts()
    return str(Macros(current_app).riding_toasts(waiting)) if waiting else ""


def _vary(response: Response) -> Response:
    response.vary.add("HX-Request")
    return response
