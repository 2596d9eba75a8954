"""Write down that a provider took a whole plain call: deliveries accepted, recipients served, codes given for ever, in one statement.

Where a segment asks about codes or messages, or a distribution waits for publications, or anything else was answered, it is the careful
way that writes.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.connections import breaker
from domain.incentives.ledger.after_publication import EXPIRES, HOLDS
from domain.journal import changed_facts, waited_for
from domain.journal.events import EventKind
from domain.kernel import clock
from domain.sending.plain.batch import PlainCall
from domain.sending.plain.person import NotPlain
from domain.sending.states import tallies

# The turns of `changed_facts` and `waited_for`, held until the commit; what they guard is asked in a statement that begins after them.
_TURNS = text("SELECT pg_advisory_xact_lock_shared(:facts), pg_advisory_xact_lock_shared(:events)")
_ANYBODY = text("""
    SELECT EXISTS (SELECT FROM segments WHERE reads && CAST(:facts AS text[])) OR EXISTS (
        SELECT FROM distributions WHERE status IN ('live', 'paused') AND wakes_on = :kind AND (about_id IS NULL OR about_id = :campaign))
""")
# What stands inside of CASE is asked of the rows found by their keys. Outside, the planner takes it for rare (nothing was reserved when it
# last counted), begins with it, and compares all with all.
_TAKEN = text(f"""
    WITH campaign AS MATERIALIZED (SELECT c.id, {EXPIRES} AS expires_at FROM campaigns c WHERE c.id = :campaign),
    new AS (
        UPDATE deliveries d SET state = 'accepted', reason = '', attempts = d.attempts + 1, sent_at = coalesce(d.sent_at, :now),
            settled_at = :now, due_at = NULL
        FROM unnest(CAST(:deliveries AS uuid[])) AS mine (id)
        WHERE d.id = mine.id AND CASE WHEN d.attempt_id = :call AND d.state = 'open' THEN true ELSE false END
        RETURNING d.recipient_id),
    served AS (
        UPDATE recipients r SET state = 'served', reason = '' FROM new
        WHERE r.id = new.recipient_id AND CASE WHEN r.state = 'ready' THEN true ELSE false END RETURNING r.id, r.customer_id, r.voucher_id),
    taken AS (
        UPDATE vouchers v SET state = 'assigned', assigned_at = :now, expires_at = campaign.expires_at
        FROM served, campaign
        WHERE v.id = served.voucher_id
          AND CASE WHEN v.state = 'reserved' AND v.customer_id = served.customer_id THEN true ELSE false END
        RETURNING v.id, v.campaign_id, v.customer_id, v.once, served.id AS recipient_id),
    published AS (
        INSERT INTO publications (
            id, campaign_id, voucher_id, customer_id, recipient_id, distribution_id, channel, once, metadata, created_at)
        SELECT largesse_uuid7(), campaign_id, id, customer_id, recipient_id, :distribution, :door, once, '{{}}', :now FROM taken
        RETURNING campaign_id),
    pooled AS (
        INSERT INTO pool_deltas (campaign_id, state, delta)
        SELECT campaign_id, state, delta FROM (SELECT campaign_id, count(*)::int AS n FROM published GROUP BY 1) AS sums,
            LATERAL (VALUES ('reserved', -n), ('assigned', n)) AS change (state, delta)),
    counted AS ({
    tallies.insert(
        "SELECT CAST(:distribution AS uuid), :channel, 'accepted', '', count(*) FROM new",
        "SELECT CAST(:distribution AS uuid), :channel, 'sent', '', count(*) FROM new",
        "SELECT CAST(:distribution AS uuid), :channel, 'open', '', -count(*) FROM new",
        "SELECT CAST(:distribution AS uuid), '', 'served', '', count(*) FROM served",
        "SELECT CAST(:distribution AS uuid), '', 'ready', '', -count(*) FROM served",
    )
}),
    told AS (
        INSERT INTO provider_calls (id, connection_id, provider_id, deliveries, at)
        SELECT :call, :connection, :provider_id, CAST(:deliveries AS uuid[]), :now WHERE CAST(:provider_id AS text) IS NOT NULL),
    gone AS (DELETE FROM delivery_claims WHERE id = :call)
    SELECT (SELECT count(*) FROM new), (SELECT count(*) FROM served)
""")


def taken(session: Session, call: PlainCall, provider_id: str | None) -> None:
    """The provider took all of this call, which it calls `provider_id`. Raises NotPlain, with nothing written, where more must follow."""
    kept, now = call.usual, clock.now(session)
    session.execute(_TURNS, {"facts": changed_facts.TURN, "events": waited_for.TURN})
    asked = {"facts": [*HOLDS, changed_facts.DELIVERY], "kind": EventKind.PUBLISHED, "campaign": kept.campaign}
    if session.execute(_ANYBODY, asked).scalar_one():
        raise NotPlain("a segment asks about codes or messages, or somebody waits for publications")
    wrote = session.execute(
        _TAKEN,
        {
            "deliveries": "{" + ",".join(delivery for delivery, _, _, _ in call.people) + "}", "call": call.id, "campaign": kept.campaign,
            "distribution": kept.about.distribution_id, "channel": kept.way.key, "connection": kept.way.connection_id,
            "door": "Automation" if kept.about.plan.chosen_trigger.live else "Dashboard", "provider_id": provider_id, "now": now,
        },
    ).one()  # fmt: skip
    if tuple(wrote) != (len(call.people), len(call.people)):
        raise NotPlain(f"{len(call.people)} were taken, {wrote} were found open")
    breaker.went_well(session, kept.way.connection_id, kept.way.mode.key)
