"""What a distribution can be told: from the list, and from its page."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from domain.distributions.control import edit_launched as edit
from domain.distributions.control import hold, pause, resume, stop
from domain.distributions.draft import store as draft
from domain.distributions.mistakes import Mistake, NotNow
from domain.kernel.actor import Actor
from domain.tables.distributions import Distribution
from webapp.access import actor, needs
from webapp.database import db
from webapp.distributions.blueprint import blueprint
from webapp.distributions.layout import distribution_or_404
from webapp.pages import go, toast


@blueprint.post("")
@needs("edit distributions")
def create() -> ResponseReturnValue:
    """A new draft, and into the wizard."""
    row = draft.create(db.session(), actor())
    db.session.commit()
    return go(url_for("distributions.step", id=row.id, step="trigger"))


@dataclass(frozen=True)
class RowCommand:
    """What one POST tells a distribution: `/<id>/<path>`, by whoever may `verb`."""

    endpoint: str
    path: str
    verb: str
    run: Callable[[Session, uuid.UUID, Actor], Any]
    """Answers the row, its name, or what is wrong. Raises NotNow."""
    said: str = ""
    """The toast; `{name}` is the name of the row in the answer."""
    undo: str = ""
    """The endpoint of the command that takes it back."""
    then: str = ""
    """Where it leads: `list`, `page`, `wizard` for the row in the answer, `channels` of this one; empty: back to the button."""
    sure: frozenset[str] = frozenset()
    """Words of which one must be typed once messages may have gone out."""


COMMANDS = (
    RowCommand("duplicate", "duplicate", "edit distributions", draft.duplicate, "“{name}” is a new draft.", then="wizard"),
    RowCommand("delete", "delete", "edit distributions", draft.delete, "“{name}” is deleted.", undo="restore", then="list"),
    RowCommand("restore", "restore", "edit distributions", draft.restore, "“{name}” is back.", then="wizard"),
    RowCommand("edit_it", "edit", "edit distributions", edit.begin, then="channels"),
    RowCommand("discard", "discard", "edit distributions", edit.discard, "The edit is dropped; it stays as it was launched.", then="page"),
    RowCommand("pause_it", "pause", "launch", pause.pause_by_person, "Paused. What is with a provider already still arrives.", "resume_it"),
    RowCommand("resume_it", "resume", "launch", resume.resume, "It goes on."),
    RowCommand("hold_it", "hold", "launch", hold.hold, "The countdown stands still.", "release_it"),
    RowCommand("release_it", "release", "launch", hold.release, "The countdown goes on."),
    RowCommand(
        "stop_it", "stop", "launch", stop.stop, "Stopped. Nothing more is sent, and reserved codes are free again.",
        then="page", sure=frozenset({"stop", "end"}),
    ),
)  # fmt: skip


def _view(command: RowCommand) -> Callable[[uuid.UUID], ResponseReturnValue]:
    def view(id: uuid.UUID) -> ResponseReturnValue:
        if (
            command.sure
            and distribution_or_404(id).status != "scheduled"
            and request.form.get("sure", "").strip().casefold() not in command.sure
        ):
            return _not_done(id, "Nothing was stopped: type the word to confirm it.")
        try:
            answer = command.run(db.session(), id, actor())
        except NotNow as why:
            return refused(why)
        match answer:
            case [Mistake(text=text), *_]:
                db.session.rollback()
                return _not_done(id, f"It cannot go on yet. {text}")
        db.session.commit()
        if command.said:
            back = {"action": "Undo", "post": url_for(f"distributions.{command.undo}", id=id)} if command.undo else {}
            toast(command.said.format(name=getattr(answer, "name", answer)), **back)
        return _then(command.then, id, answer)

    return view


for _command in COMMANDS:
    blueprint.add_url_rule(f"/<id>/{_command.path}", _command.endpoint, needs(_command.verb)(_view(_command)), methods=["POST"])


def _not_done(id: uuid.UUID, why: str) -> ResponseReturnValue:
    toast(why, kind="bad", icon="circle-alert")
    return go(url_for("distributions.one", id=id))


def _then(where: str, id: uuid.UUID, answer: Any) -> ResponseReturnValue:
    match where or request.form.get("back", ""):
        case "list":
            return go(url_for("distributions.index"))
        case "wizard":
            return go(url_for("distributions.step", id=answer.id, step="trigger"))
        case "channels":
            return go(url_for("distributions.step", id=id, step="channels"))
    return go(url_for("distributions.one", id=id))


def refused(why: NotNow) -> ResponseReturnValue:
    """A command that came too late or twice: say why, and show how it is now."""
    db.session.rollback()
    toast(str(why), kind="bad", icon="circle-alert")
    values = request.view_args or {}
    there = db.session.get(Distribution, values["id"]) if "id" in values else None
    return go(url_for("distributions.one", id=there.id) if there else url_for("distributions.index"))
