"""One bad thing never stops the rest: asked of every lane. And trouble of the database is nobody's fault."""

from types import ModuleType

import pytest

from domain.journal.lanes import LANES
from tests.journeys.installation import ROOT
from tests.workers.house import House
from tests.workers.queue.faults import ENDS, RAISES, broken, fault, number, work
from tests.workers.queue.lanes import ALONE, SCENES
from workers.clock.tasks import TASKS
from workers.queue.actors import JOBS


@pytest.mark.parametrize("name", SCENES)
def test_what_breaks_alone_is_passed_over_and_shown_and_its_neighbours_are_served(
    more_triggers: ModuleType, house: House, name: str
) -> None:
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
def test_a_connection_that_is_cut_in_the_middle_of_a_batch_is_nobodys_fault(more_triggers: ModuleType, house: House, name: str) -> None:
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
    promised = (ROOT / "docs" / "reliability.md").read_text()
    assert [lane for lane, row in LANES.items() if f"\n| {row.many} | {row.item} | {row.meanwhile} |\n" not in promised] == []
    assert set(JOBS) <= covered
    assert {task.key for task in TASKS if task.run} <= covered | ALONE
