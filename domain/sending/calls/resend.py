"""Send what was accepted once more, because a person says so: the same body under the same id, once, at once, as a repetition.

Only where the provider recognises repetitions for ever, and never a mail or a text to a person. The delivery stays what it is: accepted.
Like every call it is prepared in one transaction, made in none, and written down in another.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.connections import budget, pause
from domain.connections.configured import Unusable
from domain.customers.consents.links import unsubscribe_url
from domain.distributions.audience import exclusions
from domain.distributions.mistakes import NotNow
from domain.journal import audit
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, new_id, outside
from domain.sending.calls import dispatch, exchanges
from domain.sending.calls.provider_call import Call, CallResult
from domain.sending.prepare.leases import Item
from domain.sending.prepare.recipe import ReadyChannel, ServedVersion, VersionBroken, served_version
from domain.tables import workspace
from domain.tables.connections import Connection
from domain.tables.distributions import Distribution
from domain.tables.sending import Delivery, DeliveryStep
from integrations.contract import Fate, Takes

STATE = "again"
"""The state its lines have in the timeline."""


def may(session: Session, delivery: Delivery) -> bool:
    """Whether “Send again” can be offered."""
    try:
        _ready(session, delivery)
    except NotNow:
        return False
    return True


def prepare(session: Session, delivery: Delivery, actor: Actor) -> Call:
    """The call that repeats it; commit before making it. Raises NotNow with what is in the way."""
    about, way = _ready(session, delivery)
    if budget.take(session, way.connection_id, way.mode.key, 1, "trigger") == 0:
        raise NotNow("The connection is paused, or was asked to wait. Try again in a moment.")
    if not _still(session, delivery, about, way):
        raise NotNow("This customer may not get it any more: the permission was taken back, or the address is not to be written to.")
    link = unsubscribe_url(workspace.public_url(workspace.current_project(session)), delivery.customer_id, way.channel.permission_id)
    item = Item(delivery.id, delivery.recipient_id, delivery.customer_id, delivery.address, delivery.slots or {}, link)
    try:
        call = dispatch.call_of(session, about, way, new_id(), [item])
    except Unusable as why:
        raise NotNow(str(why)) from why
    name = session.get_one(Distribution, delivery.distribution_id).name
    told = {"delivery": outside(Prefix.DELIVERY, delivery.id)}
    audit.record(session, actor, "send delivery again", outside(Prefix.DISTRIBUTION, delivery.distribution_id), name, None, told)
    return call


def record(session: Session, call: Call, answered: CallResult, actor: Actor) -> tuple[bool, str]:
    """Write down what came of it; whether it was taken, and what was said."""
    (item,) = call.items
    outcome = answered.outcomes.get(item.id)
    taken = outcome is not None and outcome.fate is Fate.ACCEPTED
    said = answered.stop or answered.config or (outcome.reason if outcome else "") or ("" if taken else "Nothing was answered.")
    words = f"By {actor.name}, as a repetition with the same id. " + ("It was taken." if taken else f"It was not taken: {said}")
    session.add(DeliveryStep(delivery_id=item.id, at=clock.now(session), state=STATE, reason=words))
    exchanges.store(session, answered.exchanges, call.at, by=actor.name)
    if answered.stop:
        pause.pause(session, call.way.connection_id, answered.stop)
    return taken, said


def _ready(session: Session, delivery: Delivery) -> tuple[ServedVersion, ReadyChannel]:
    if delivery.state != "accepted" or not delivery.slots:
        raise NotNow("Only what was accepted, and whose message is still known, can be sent again like this.")
    try:
        about = served_version(session, delivery.distribution_id, delivery.version)
    except (VersionBroken, LookupError) as gone:
        raise NotNow(str(gone)) from gone
    way = about.way(delivery.channel)
    if way is None or way.mode.repeat_safe_for != 0 or way.mode.takes is Takes.TEXT:
        raise NotNow("This provider would not recognise a repetition, so nothing that was accepted is ever sent again.")
    connection = session.get(Connection, way.connection_id)
    if connection is None or connection.paused_at is not None:
        raise NotNow("The connection is paused. Resume it first.")
    return about, way


def _still(session: Session, delivery: Delivery, about: ServedVersion, way: ReadyChannel) -> bool:
    """Whether what was true when it was sent still is, as far as the person is concerned."""
    query = f"""
        SELECT EXISTS (SELECT FROM deliveries d JOIN recipients r ON r.id = d.recipient_id JOIN customers c ON c.id = d.customer_id
            WHERE d.id = :id AND c.erased_at IS NULL AND d.address = {way.address} AND {exclusions.none_holds_sql(way.tests)})
    """
    return bool(session.execute(text(query), about.values(clock.now(session)) | {"id": delivery.id}).scalar_one())
