"""Who deletes a segment waits for whoever is just naming it, and is then told by what it is used; nobody is left with a name of nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.customers.segments import create
from domain.customers.segments.delete import delete
from domain.kernel.errors import Refused
from domain.tables.customers import Segment
from tests.cast import ANN
from tests.domain.customers.segments.conftest import leaf
from tests.domain.incentives.given import a_campaign
from tests.servers import somebody_waits


def of_a_campaign(session: Session, segment: Segment) -> None:
    a_campaign(session, segment_id=segment.id)


def of_a_segment(session: Session, segment: Segment) -> None:
    create.dynamic(session, ANN, "Those of it", leaf("segment", "member", str(segment.id)))


@pytest.mark.parametrize("naming", [of_a_campaign, of_a_segment])
def test_deleting_waits_for_a_use_that_is_just_written(committed: Engine, naming: Callable[[Session, Segment], None]) -> None:
    with Session(committed) as session:
        id = create.manual(session, ANN, "Regulars").id
        session.commit()

    def take_away() -> str:
        with Session(committed) as session:
            try:
                delete(session, ANN, session.get_one(Segment, id))
            except Refused as why:
                return str(why)
            session.commit()
            return ""

    with Session(committed) as other, ThreadPoolExecutor(1) as pool:
        naming(other, other.get_one(Segment, id))
        other.flush()
        deleting = pool.submit(take_away)
        while not somebody_waits(committed):
            assert not deleting.done(), deleting.result()
        other.commit()

        assert "“Regulars” is used by the" in deleting.result(60)
