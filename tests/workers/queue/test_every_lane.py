"""One bad thing never stops the rest: asked of every lane. And trouble of the database is nobody's fault."""

import pytest
from sqlalchemy import text

from domain.journal.lanes import LANES
from tests.workers.house import House
from tests.workers.queue.lanes import ALONE, SCENES, Scene
from workers.clock.tasks import TASKS
from workers.queue.actors import JOBS

RAISES = "RAISE EXCEPTION 'this row cannot be written'"
ENDS = "PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5)"


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


@pytest.mark.parametrize("name", SCENES)
def test_what_breaks_alone_is_passed_over_and_shown_and_its_neighbours_are_served(house: House, name: str) -> None:
    lane, arrange, _ = SCENES[name]
    with house.session() as session:
        scene = arrange(session)
    fault(house, scene, RAISES)

    for _ in range(4):
        work(house, scene)
        if number(house, scene.served) >= scene.neighbours and broken(house):
            break

    assert number(house, scene.served) == scene.neighbours
    assert broken(house) == [(lane, "RaiseException")]
    titles = (
        f"SELECT count(*) FROM notices WHERE kind = 'broken_work' AND subject = '{lane}' AND title LIKE '1 {LANES[lane].one} could not be%'"
    )
    assert number(house, titles) == 1


@pytest.mark.parametrize("name", SCENES)
def test_a_connection_that_is_cut_in_the_middle_of_a_batch_is_nobodys_fault(house: House, name: str) -> None:
    with house.session() as session:
        scene = SCENES[name][1](session)
    fault(house, scene, ENDS, times=1)

    for _ in range(5):
        work(house, scene)
        if number(house, scene.served) == 3:
            break

    assert number(house, "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM faults") >= 1
    assert number(house, scene.served) == 3
    assert broken(house) == []


def test_every_lane_has_a_scene_and_every_job_and_task_belongs_to_one() -> None:
    covered = {name for _, _, names in SCENES.values() for name in names}

    assert {lane for lane, _, _ in SCENES.values()} == set(LANES)
    assert set(JOBS) <= covered
    assert {task.key for task in TASKS if task.run} <= covered | ALONE
