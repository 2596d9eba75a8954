"""What did the browser send? Text is cleaned where the request is read: one kind of line end, and no character that cannot be kept."""

from typing import Any

from flask import Flask, Request, abort, request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.utils import cached_property

from domain.kernel.text import characters

PROGRAMS = ("/v1/", "/client/v1/", "/management/v1/")
"""Addresses of the API, which says itself what a HEAD is there."""


class CleanRequest(Request):
    """A request whose form, query and names of files no view sees before they are clean.

    A HEAD is a GET to every page, so that none takes it for what a form sends: it carries no token and no fields. The API reads its own.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        if self.method == "HEAD" and not self.path.startswith(PROGRAMS):
            self.method = "GET"

    def _load_form_data(self) -> None:
        if "form" in self.__dict__:
            return
        super()._load_form_data()
        for file in self.files.values():
            file.filename = characters.without_refused(file.filename or "")
        raw, self.form = self.form, _clean(self.form)
        _refuse(raw, 422)

    @cached_property
    def args(self) -> ImmutableMultiDict[str, str]:
        """The query, clean. Aborts with 400."""
        raw = super().args
        self.__dict__["args"] = _clean(raw)
        _refuse(raw, 400)
        return self.args


def init_app(app: Flask) -> None:
    """Read every request so; there is nothing at an address that holds such a character."""
    app.request_class = CleanRequest
    app.before_request(_address)


def _clean(given: MultiDict[str, str]) -> ImmutableMultiDict[str, str]:
    return ImmutableMultiDict((name, characters.without_refused(characters.one_line_end(text))) for name, text in given.items(multi=True))


def _refuse(given: MultiDict[str, str], status: int) -> None:
    for name, text in given.items(multi=True):
        if why := characters.refused(characters.one_line_end(text)) or characters.refused(name):
            abort(status, f"“{characters.without_refused(name)}” has {why}, which cannot be kept. Take it out and send it again.")


def _address() -> None:
    """The API names the part of its path that holds one."""
    if request.blueprint != "api" and characters.refused(request.path):
        abort(404)
