"""A live distribution that waits, and whom it makes recipients of."""

import uuid

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.distributions.draft.spec import Spec
from domain.sending.recipients import from_event
from domain.triggers.contract import Trigger
from tests.scenes import MAIL, PLAIN_MAIL, Scene


def launchable(scene: Scene, trigger: Trigger) -> Spec:
    """A spec that starts like this, with its usual action and everything chosen that it asks for."""
    gives = "codes" in trigger.actions[:1]
    return Spec(
        trigger=trigger.key,
        audience="customer" if "audience" in trigger.asks else "",
        customer_id=scene.dina.id if "audience" in trigger.asks else None,
        segment_id=scene.segment(f"Regulars {uuid.uuid4().hex[:6]}").id if "segment_id" in trigger.asks else None,
        trigger_campaign_id=scene.campaign(f"Spring {uuid.uuid4().hex[:6]}").id if "trigger_campaign_id" in trigger.asks else None,
        event_schema_id=scene.event(f"cart_left_{uuid.uuid4().hex[:6]}").id if "event_schema_id" in trigger.asks else None,
        action=trigger.actions[0],
        campaign_id=scene.campaign(f"Autumn {uuid.uuid4().hex[:6]}").id if gives else None,
        channels=(scene.channel(MAIL if gives or "voucher" in trigger.facts else PLAIN_MAIL),),
    )


def react(session: Session) -> None:
    while from_event.react(session):
        pass


def again(session: Session) -> None:
    """Every event of today is looked at once more, as after a crash at the worst moment."""
    session.execute(text("INSERT INTO event_work (event_id, lane) SELECT id, 'trigger' FROM events ON CONFLICT DO NOTHING"))
    react(session)


def recipients(session: Session, distribution_id: uuid.UUID) -> list[tuple[uuid.UUID, str, str, str]]:
    """Customer, once-key, state and reason of each."""
    rows = session.execute(
        text("SELECT customer_id, once_key, state, reason FROM recipients WHERE distribution_id = :id ORDER BY id"), {"id": distribution_id}
    )
    return [(row.customer_id, row.once_key, row.state, row.reason) for row in rows]
