"""What becomes of a form that was sent when nobody was signed in any more? It is kept on the page, and can be sent again."""

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue

from webapp import security
from webapp.shell.trouble import Trouble

SIGNED_OUT = Trouble(
    "You are signed out, and nothing was saved.",
    "What you sent is kept on this page. Sign in in a new tab, come back here, and send it again.",
)
SECRET = frozenset({"account", "auth", "connections"})
"""Areas whose forms carry passwords, codes and keys."""
MOST = 200_000
"""Characters that a page keeps."""


def can_be_kept() -> bool:
    """Whether it came from a page of ours, by what the browser says, and has neither files nor passwords."""
    ours = request.headers.get("Sec-Fetch-Site") == "same-origin"
    secret = request.blueprint in SECRET or any("password" in name for name in request.form)
    size = sum(len(value) for _, value in request.form.items(multi=True))
    return request.method == "POST" and ours and not secret and not any(file.filename for file in request.files.values()) and size <= MOST


def page(trouble: Trouble, status: int, signed_in: bool) -> ResponseReturnValue:
    """The page with the form that was sent."""
    fields = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    told = render_template(
        "again.html",
        trouble=trouble,
        signed_in=signed_in,
        fields=fields,
        action=request.full_path.rstrip("?"),
        reference=security.reference(),
    )
    return make_response(told, status)
