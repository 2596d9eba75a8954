"""The floor of sending: only what cannot be avoided. A row and a code for each person, and the same call.

Left out: reasons, permissions, counters, publications, what a kill leaves behind, and links that differ from person to person.
"""

import json
import socket
from collections.abc import Callable, Sequence
from typing import Any

import requests
from sqlalchemy import Engine, Row, text

BATCH = 1000
_MAKE = """
    CREATE TABLE IF NOT EXISTS floor_people (id bigserial PRIMARY KEY, address text, code text, done boolean DEFAULT false)
"""
_ROW_AND_CODE = text("""
    WITH people AS (
        SELECT c.id, c.email, row_number() OVER (ORDER BY c.id) AS n FROM customers c JOIN segment_members m ON m.customer_id = c.id
        WHERE m.segment_id = :segment AND c.id > :after ORDER BY c.id LIMIT :limit),
    free AS MATERIALIZED (SELECT id, code FROM floor_codes WHERE NOT given ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED),
    codes AS (SELECT id, code, row_number() OVER (ORDER BY id) AS n FROM free),
    given AS (UPDATE floor_codes SET given = true FROM codes WHERE floor_codes.id = codes.id),
    written AS (INSERT INTO floor_people (address, code) SELECT email, code FROM people JOIN codes USING (n) RETURNING id, address, code)
    SELECT written.id, written.address, written.code, (SELECT max(id::text) FROM people) AS last FROM written
""")


def run(engine: Engine, url: str, segment: object, words: str) -> None:
    """A bare loop over SendGrid."""
    session = requests.Session()

    def call(rows: Sequence[Row[Any]]) -> None:
        said = {
            "from": {"email": "hello@maple.example"}, "subject": "s", "content": [{"type": "text/plain", "value": words}],
            "personalizations": [
                {"to": [{"email": r.address}], "substitutions": {"-code-": r.code}, "custom_args": {"largesse_message": str(r.id)}}
                for r in rows
            ],
        }  # fmt: skip
        session.post(f"{url}/v3/mail/send", data=json.dumps(said), headers={"Content-Type": "application/json"}, timeout=60)

    _loop(engine, segment, call)


def smtp(engine: Engine, port: int, segment: object, words: str) -> None:
    """The same over one pipelined line of SMTP: envelope and DATA in one write, the mail in the next, answers counted."""
    line = socket.create_connection(("127.0.0.1", port))
    answers = line.makefile("rb")
    answers.readline()
    line.sendall(b"HELO floor\r\n")
    answers.readline()

    def call(rows: Sequence[Row[Any]]) -> None:
        for r in rows:
            line.sendall(f"MAIL FROM:<hello@maple.example>\r\nRCPT TO:<{r.address}>\r\nDATA\r\n".encode())
            for _ in range(3):
                answers.readline()
            line.sendall(f"From: hello@maple.example\r\nTo: {r.address}\r\nSubject: s\r\n\r\n{words} {r.code}\r\n.\r\n".encode())
            answers.readline()

    _loop(engine, segment, call)


def _loop(engine: Engine, segment: object, call: Callable[[Sequence[Row[Any]]], None]) -> None:
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS floor_people, floor_codes"))
        connection.execute(text(_MAKE))
        connection.execute(text("CREATE TABLE floor_codes AS SELECT id, code, false AS given FROM vouchers WHERE is_free"))
        connection.execute(text("CREATE INDEX ON floor_codes (id) WHERE NOT given"))
    after = "00000000-0000-0000-0000-000000000000"
    while True:
        with engine.begin() as connection:
            rows = connection.execute(_ROW_AND_CODE, {"segment": segment, "after": after, "limit": BATCH}).all()
        if not rows:
            break
        call(rows)
        with engine.begin() as connection:
            connection.execute(text("UPDATE floor_people SET done = true WHERE id = ANY(:ids)"), {"ids": [r.id for r in rows]})
        after = rows[0].last
