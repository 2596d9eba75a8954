"""What was launched before its columns existed waits for the same as before."""

import alembic.command
from sqlalchemy import Connection, inspect, select
from sqlalchemy.orm import Session

from domain.distributions.draft.spec import Spec
from domain.tables.distributions import Distribution
from tests.scenes import Scene
from workers.commands import prepare_database


def test_columns_are_filled_from_what_was_launched(connection: Connection, session: Session, scene: Scene) -> None:
    campaign = scene.campaign("Spring")
    published = Spec(trigger="published", trigger_campaign_id=campaign.id, action="published_code", channels=(scene.channel(),))
    left = scene.entered(trigger="segment_left")
    for launched in (scene.entered(), left, published, scene.codes_to_segment()):
        scene.scheduled(launched)
    scene.draft(scene.entered())
    scene.draft()
    session.commit()
    waits = select(Distribution.id, Distribution.live, Distribution.wakes_on, Distribution.about_noun, Distribution.about_id)
    before = session.execute(waits.order_by(Distribution.id)).all()
    session.close()

    config = prepare_database.config(connection)
    alembic.command.downgrade(config, "0019")
    assert "wakes_on" not in {column["name"] for column in inspect(connection).get_columns("distributions")}
    alembic.command.upgrade(config, "head")

    assert connection.execute(waits.order_by(Distribution.id)).all() == before
    kinds = {"", "customer.segment.entered", "customer.segment.left", "customer.publication.succeeded"}
    assert {row.wakes_on for row in before} == kinds
