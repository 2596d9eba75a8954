"""What do the tests of every lane share? A fault that the database makes by itself, and what a look at the rows says afterwards."""

from sqlalchemy import text

from tests.workers.house import House
from tests.workers.queue.lanes import Scene

RAISES = "RAISE EXCEPTION 'this row cannot be written'"
"""The row cannot be written, however often it is tried."""
ENDS = "PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5)"
"""The connection is lost."""


def fault(house: House, scene: Scene, does: str, times: int = 1_000_000) -> None:
    """From now on the database does this, so many times, where the first item is written."""
    with house.session() as session:
        session.execute(text("CREATE SEQUENCE faults"))
        session.execute(text(f"""
            CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF {scene.breaks} THEN
                    IF nextval('faults') <= {times} THEN {does}; END IF;
                END IF;
                RETURN coalesce(NEW, OLD); END $$"""))  # fmt: skip
        session.execute(text(f"CREATE TRIGGER fault BEFORE {scene.on} ON {scene.table} FOR EACH ROW EXECUTE FUNCTION fault()"))


def number(house: House, query: str) -> int:
    with house.session() as session:
        return int(session.execute(text(query)).scalar_one())


def work(house: House, scene: Scene) -> None:
    house.tick()
    if scene.then is not None:
        scene.then(house)


def broken(house: House) -> list[tuple[str, str]]:
    with house.session() as session:
        return [(row.lane, row.error) for row in session.execute(text("SELECT lane, error FROM broken_work"))]
