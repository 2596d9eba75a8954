"""Keep what the wizard collects: create, store a step, rename, duplicate, delete and bring back. Nothing here judges a spec."""

import uuid
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.distributions.draft.spec import Spec
from domain.distributions.mistakes import NotNow
from domain.distributions.states import SAID
from domain.journal import audit
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, folded, outside
from domain.kernel.errors import Stale
from domain.tables.distributions import Distribution
from domain.tables.journal import Audit

LONGEST_NAME = 120


class NameRefused(Exception):
    """The name is empty, too long or taken; the text says which."""


def working(distribution: Distribution) -> Spec:
    """The spec that the wizard shows and changes: the side draft of an edit where there is one. One that cannot be read says so."""
    editing = distribution.side_spec is not None
    return Spec.shown(distribution.side_spec if editing else distribution.spec)


def called(distribution: Distribution) -> str:
    """The name that the wizard shows and changes: the one of the side draft where it has another."""
    return (distribution.side_name if distribution.side_spec is not None else "") or distribution.name


def locked(session: Session, id: uuid.UUID, to_delete: bool = False) -> Distribution:
    """The distribution with its row locked, read afresh; unless `to_delete`, others may refer to it. Raises NotNow where it is gone."""
    here = select(Distribution).where(Distribution.id == id)
    found = session.scalars(here.with_for_update(key_share=not to_delete).execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotNow("This distribution is gone.")
    return found


def seen(session: Session, id: uuid.UUID) -> Distribution:
    """The distribution read afresh and not locked. Raises NotNow where it is gone."""
    found = session.get(Distribution, id, populate_existing=True)
    if found is None:
        raise NotNow("This distribution is gone.")
    return found


def create(session: Session, actor: Actor) -> Distribution:
    """A new draft, called “Untitled n”."""
    return _add(session, actor, Spec(), "Untitled 1", "create distribution")


def store(session: Session, id: uuid.UUID, spec: Spec, row_version: int, actor: Actor) -> Distribution:
    """Store what the wizard collected. Raises Stale where another saved since `row_version`, NotNow where nothing may change."""
    row = locked(session, id)
    if row.status != "draft" and row.side_spec is None:
        raise NotNow(f"It cannot be changed like this: {SAID[row.status]}. Press Edit first.")
    if (broken := working(row).unreadable) and spec != working(row):
        raise NotNow(f"{broken} Nothing was changed.")
    before, after = working(row).as_json(), spec.as_json()
    if before == after:
        return row
    if row.row_version != row_version:
        raise Stale(row.updated_by, row.updated_at, what=row.name)
    if row.side_spec is not None:
        row.side_spec = after
    else:
        row.spec, row.trigger, row.live = after, spec.trigger, spec.live
    _touch(session, row, actor)
    changed = [k for k in after if before.get(k) != after[k]]
    audit.record(
        session, actor, "edit distribution", outside(Prefix.DISTRIBUTION, id), row.name,
        {k: before.get(k) for k in changed}, {k: after[k] for k in changed},
    )  # fmt: skip
    return row


def rename(session: Session, id: uuid.UUID, name: str, actor: Actor) -> Distribution:
    """Give it another name; in a side draft the name waits there until the edit is applied. Raises NameRefused."""
    row = locked(session, id)
    name = " ".join(name.split())
    if name == called(row):
        return row
    _refuse(session, name, id)
    if row.side_spec is not None:
        row.side_name = name if name != row.name else ""
        _touch(session, row, actor)
        return row
    return _named(session, row, name, actor)


def take_waiting_name(session: Session, row: Distribution, actor: Actor) -> None:
    """Let the name of an edit take over. Raises NameRefused where another took it meanwhile."""
    name, row.side_name = row.side_name, ""
    if name:
        _refuse(session, name, row.id)
        _named(session, row, name, actor)


def _named(session: Session, row: Distribution, name: str, actor: Actor) -> Distribution:
    before, id = row.name, row.id
    try:
        with session.begin_nested():
            row.name, row.name_key = name, folded(name)
            _touch(session, row, actor)
            session.flush()
    except IntegrityError:
        raise NameRefused(_taken(name)) from None
    audit.record(session, actor, "rename distribution", outside(Prefix.DISTRIBUTION, id), name, {"name": before}, {"name": name})
    return row


def duplicate(session: Session, id: uuid.UUID, actor: Actor) -> Distribution:
    """A new draft with everything of this one but its time and its history."""
    row = locked(session, id)
    spec = working(row)
    if spec.unreadable:
        raise NotNow(spec.unreadable)
    spec = replace(spec, chosen_at="", chosen_zone="")
    return _add(session, actor, spec, f"{called(row)[: LONGEST_NAME - 10]} copy", "duplicate distribution")


def delete(session: Session, id: uuid.UUID, actor: Actor) -> str:
    """Delete a draft; its name. `restore` brings it back. Raises NotNow for anything that was launched."""
    row = locked(session, id, to_delete=True)
    if row.status != "draft":
        raise NotNow(f"Only drafts can be deleted: {SAID[row.status]}.")
    audit.record(session, actor, "delete distribution", outside(Prefix.DISTRIBUTION, id), row.name, {"name": row.name, "spec": row.spec})
    session.delete(row)
    session.flush()
    return row.name


def restore(session: Session, id: uuid.UUID, actor: Actor) -> Distribution:
    """Bring a deleted draft back as it was, under the same id. Raises NotNow where there is nothing to bring back."""
    if (still := session.get(Distribution, id)) is not None:
        return still
    kept = session.scalars(
        select(Audit)
        .where(Audit.subject == outside(Prefix.DISTRIBUTION, id), Audit.command == "delete distribution")
        .order_by(Audit.id.desc())
        .limit(1)
    ).one_or_none()
    if kept is None or kept.before is None:
        raise NotNow("This draft cannot be brought back.")
    return _add(session, actor, Spec.from_json(kept.before["spec"]), kept.before["name"], "restore distribution", id)


def _add(session: Session, actor: Actor, spec: Spec, name: str, command: str, id: uuid.UUID | None = None) -> Distribution:
    now = clock.now(session)
    row = Distribution(
        spec=spec.as_json(), trigger=spec.trigger, live=spec.live,
        created_at=now, updated_at=now, updated_by=actor.name, created_by=actor.name,
    )  # fmt: skip
    if id is not None:
        row.id = id
    for _ in range(20):
        row.name = _free(session, name)
        row.name_key = folded(row.name)
        try:
            with session.begin_nested():
                session.add(row)
                session.flush()
        except IntegrityError:
            continue
        audit.record(session, actor, command, outside(Prefix.DISTRIBUTION, row.id), row.name, None, {"name": row.name})
        return row
    raise NameRefused(_taken(name))


def _free(session: Session, wanted: str) -> str:
    """`wanted`, or the next one counted up that nobody uses: `Untitled 4`, `Autumn copy 2`."""
    head, _, last = wanted.rpartition(" ")
    base, first = (head, int(last)) if head and last.isdigit() else (wanted, 1)
    taken = set(session.scalars(select(Distribution.name_key).where(Distribution.name_key.startswith(folded(base), autoescape=True))))
    candidates = (wanted, *(f"{base} {n}" for n in range(max(first, 2), first + len(taken) + 3)))
    return next(c for c in candidates if folded(c) not in taken)


def _refuse(session: Session, name: str, id: uuid.UUID) -> None:
    if not name:
        raise NameRefused("Give it a name.")
    if len(name) > LONGEST_NAME:
        raise NameRefused(f"A name has at most {LONGEST_NAME} characters; this one has {len(name)}.")
    if session.scalar(select(Distribution.id).where(Distribution.name_key == folded(name), Distribution.id != id)) is not None:
        raise NameRefused(_taken(name))


def _taken(name: str) -> str:
    return f"Another distribution is called “{name}” already. Choose another name."


def _touch(session: Session, row: Distribution, actor: Actor) -> None:
    row.row_version += 1
    row.updated_at, row.updated_by = clock.now(session), actor.name
    session.flush()
