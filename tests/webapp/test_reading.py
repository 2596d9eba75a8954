"""To look changes nothing: no page writes a row when it is asked for by GET or by HEAD, but for when somebody was last seen.

An export of customers leaves a line in the audit trail; it is not answered by HEAD. Guessing at a link counts as a try.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.orm import Session

from domain.customers.consents.links import preferences_url, unsubscribe_url
from domain.incentives.codes.export import qr_url
from domain.tables import metadata
from tests.webapp import walk
from tests.webapp.walk import World

SEEN = {"users": {"inbox_seen_at"}, "user_sessions": {"last_seen_at"}}
"""Columns that looking may change."""
GUESSED = "tries"
"""Counts those who guess words of links, where they ask for them."""
MOST = 500
WRITES = re.compile(
    r"\b(INSERT INTO|UPDATE|DELETE FROM|MERGE INTO|nextval|COPY)\b\s*\"?(\w*)\"?(?:\s+SET\s+(.*?)\s+WHERE)?", re.IGNORECASE | re.DOTALL
)
LOCKS = re.compile(r"(FOR (NO KEY )?|DO )UPDATE", re.IGNORECASE)


@pytest.fixture
def world(session: Session) -> World:
    return walk.world(session)


@contextmanager
def written(connection: Connection) -> Iterator[list[str]]:
    """Statements that write, as the database is asked to do them."""
    found: list[str] = []

    def look(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        for _verb, table, columns in WRITES.findall(LOCKS.sub("", statement)):
            names = set(re.findall(r"(\w+)\s*=", columns or ""))
            if table != GUESSED and (not names or not names <= SEEN.get(table, set())):
                found.append(statement)

    event.listen(connection, "before_cursor_execute", look)
    try:
        yield found
    finally:
        event.remove(connection, "before_cursor_execute", look)


def rows(session: Session) -> dict[str, tuple[int, int]]:
    """How many rows each table has, and a sum over everything in them but what looking may change."""
    sums = "SELECT count(*), coalesce(sum(hashtext((to_jsonb(t) - CAST(:but AS text[]))::text)::bigint), 0) FROM"
    return {
        table.name: tuple(session.execute(text(f"{sums} {table.name} t"), {"but": sorted(SEEN.get(table.name, []))}).one())
        for table in metadata.sorted_tables
    }


def test_no_page_writes_when_it_is_looked_at(app: Any, ada: Any, session: Session, connection: Connection, world: World) -> None:
    base = ""
    public = [unsubscribe_url(base, world.customer.id, None), preferences_url(base, world.customer.id), qr_url(base, world.voucher.id)]
    waiting = [path for path, _ in walk.addresses(app, world)] + public
    session.commit()
    before = rows(session)
    seen: dict[str, int] = {}
    wrote: set[tuple[str, str]] = set()

    while waiting and len(seen) < MOST:
        path = waiting.pop(0)
        if path in seen:
            continue
        with written(connection) as statements:
            answer = ada.get(path)
        exports = walk.written_down(app, path)
        wrote |= {(path, statement[:60]) for statement in statements if not (exports and statement.startswith("INSERT INTO audit "))}
        with written(connection) as statements:
            head = ada.head(path)
        wrote |= {(path, statement[:60]) for statement in statements}
        seen[path] = answer.status_code
        assert answer.status_code < 500, path
        assert head.status_code == (405 if exports else answer.status_code), path
        assert exports or head.data == b"", path
        waiting += [link for link in walk.links(answer) if walk.readable(app, link, "admin")]

    assert sum(status == 200 for status in seen.values()) > 80, seen
    assert wrote == set()
    assert {path: seen[path] for path in public} == dict.fromkeys(public, 200)
    assert rows(session) | {name: before[name] for name in ("audit", GUESSED)} == before


def test_a_head_request_is_never_taken_for_a_form(ada: Any, session: Session) -> None:
    before = rows(session)

    for path in ("/settings/permissions/never", "/settings/permissions/new", "/segments/new", "/customers/new", "/campaigns/new"):
        assert ada.head(path, data={"name": "Made by HEAD", "kind": "email", "address": "a@b.example", "do": "save"}).status_code < 400

    assert rows(session) == before
