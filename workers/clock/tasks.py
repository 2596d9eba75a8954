"""What does the clock do, and how often? A table; each row runs a function, or asks a worker to look where its question is true."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.kernel.nudges import nudge
from workers.queue.by_name import function_of


@dataclass(frozen=True)
class Task:
    """One row. `key` is its identity: logged, shown by `doctor`, and stored for tasks of a minute and more."""

    key: str
    every: float
    """Seconds. From `loop.REMEMBERED` on the last run is remembered in the database, else in the leading process."""
    run: str = ""
    """`module:function`, imported when it is first due; takes a session. Where it returns True there is more, and it soon runs again."""
    nudge: str = ""
    """Or: the job to ask for …"""
    asks: bool = False
    """Whether `run` does nothing but ask for jobs."""
    lane: str = "bulk"
    when: str = ""
    """… where this is true (it may say `:now`); empty: always."""
    after: str = ""
    """The key of a task that must have done well since this clock began to lead."""
    limit: float = 10.0
    """Seconds that one statement may take, waiting for locks included, or that may pass between two of them."""


DAY, HOUR = 86_400.0, 3_600.0

TASKS = (
    Task("database.recognise", 20, run="domain.distributions.control.guard:recognise"),
    Task("distributions.hold_after_gap", 1, run="domain.distributions.control.guard:after_gap", after="database.recognise"),
    Task("distributions.countdown", 1, run="domain.distributions.control.countdown:check_sync"),
    Task("distributions.start", 1, nudge="start", lane="trigger", after="distributions.hold_after_gap", when="""
        SELECT EXISTS (SELECT FROM distributions WHERE status = 'scheduled' AND due_at <= :now AND held_seconds IS NULL)"""),
    Task("leases.expire", 1, run="domain.sending.calls.expired_leases:expire"),
    Task("distributions.unfinished", 1, run="workers.clock.ask:distributions", asks=True, after="distributions.hold_after_gap"),
    Task("events.react", 1, nudge="events", lane="trigger", when="SELECT EXISTS (SELECT FROM event_work)"),
    Task("segments.refresh", 1, run="workers.clock.ask:changed_customers", asks=True),
    Task("jobs.open", 2, run="workers.clock.ask:jobs", asks=True),
    Task("receipts.apply", 1, nudge="receipts", when="SELECT EXISTS (SELECT FROM raw_receipts WHERE state = 'pending')"),
    Task("receipts.apply_late", 30, nudge="late_receipts", when="SELECT EXISTS (SELECT FROM raw_receipts WHERE state = 'unknown')"),
    Task("receipts.poll", 2, nudge="polls", when="""
        SELECT EXISTS (SELECT FROM deliveries d JOIN connections c ON c.id = d.connection_id
            WHERE d.due_at <= :now AND d.state = 'polling' AND (c.paused_at IS NULL OR d.sent_at < :now - interval '1 day'))"""),
    Task("opt_outs.tell", 5, nudge="opt_outs", when="""
        SELECT EXISTS (SELECT FROM opt_outs_to_tell o JOIN connections c ON c.id = o.connection_id
            WHERE o.due_at <= :now AND c.paused_at IS NULL)"""),
    Task("mailboxes.look", 10, run="domain.sending.receipts.mailboxes:ask"),
    Task("mail.send", 2, run="workers.clock.ask:letters", asks=True),
    Task("webhooks.send", 2, nudge="own_webhooks", lane="trigger", when="""
        SELECT EXISTS (SELECT FROM outgoing_webhooks w JOIN connections c ON c.id = w.connection_id
            WHERE w.state IN ('waiting', 'open') AND w.due_at <= :now AND c.paused_at IS NULL)"""),
    Task("distributions.resume_after_codes", 2, nudge="codes_back", when="""
        SELECT EXISTS (SELECT FROM distributions WHERE status = 'paused' AND pause_reason = 'no_codes')"""),
    Task("distributions.resume_after_connections", 10, nudge="resumed", when="""
        SELECT EXISTS (SELECT FROM distributions WHERE status = 'paused' AND pause_reason = 'connection')"""),
    Task("deliveries.fold_counts", 1, run="domain.sending.states.tallies:fold"),
    Task("codes.fold_counts", 2, run="domain.incentives.codes.pool:fold"),
    Task("codes.warn_of_low_pools", 120, run="domain.incentives.campaigns.warn_low_pools:warn_of_low_pools"),
    Task("codes.tell_of_low_pools", 5, run="domain.incentives.pool_alerts.send_alerts:send_alerts"),
    Task("segments.fold_sizes", 2, run="domain.customers.membership.sizes:fold_sizes"),
    Task("segments.time_changes", 30, nudge="segment_times"),
    Task("dates.look", 60, run="domain.sending.recipients.from_dates:record_due", limit=30),
    Task("home.fold_quarters", 30, run="domain.insight.home.quarter_sums:fold", limit=20),
    Task("clock.heartbeat", 5, run="workers.clock.heartbeat:heartbeat", after="distributions.hold_after_gap"),
    Task("receipts.purge", HOUR, run="workers.clock.purge:receipts", limit=30),
    Task("exchanges.purge", HOUR, run="workers.clock.purge:exchanges", limit=30),
    Task("events.purge", HOUR, run="workers.clock.purge:events", limit=30),
    Task("message_texts.purge", HOUR, run="workers.clock.purge:texts_of_messages", limit=30),
    Task("delivery_steps.purge", HOUR, run="workers.clock.purge:steps", limit=30),
    Task("provider_calls.purge", HOUR, run="workers.clock.purge:calls", limit=30),
    Task("audit.purge", HOUR, run="workers.clock.purge:audit", limit=30),
    Task("sessions.purge", HOUR, run="workers.clock.purge:sessions", limit=30),
    Task("test_messages.purge", HOUR, run="workers.clock.purge:messages_sent_as_tests", limit=30),
    Task("mail.purge", HOUR, run="workers.clock.purge:mail", limit=30),
    Task("webhooks.purge", HOUR, run="workers.clock.purge:own_webhooks", limit=30),
    Task("import_remarks.purge", HOUR, run="workers.clock.purge:import_remarks", limit=30),
    Task("tries.purge", HOUR, run="domain.workspace.signing_in.tries:forget", limit=30),
    Task("code_files.sweep", HOUR, run="domain.incentives.pool_files.kept:sweep"),
    Task("process_reports.purge", HOUR, run="domain.insight.operation.process_reports:forget"),
    Task("home.purge_quarters", DAY, run="domain.insight.home.quarter_sums:forget", limit=30),
    Task("holds.purge", HOUR, run="domain.incentives.redemptions.holds:forget_expired", limit=30),
    Task("pictures.forget_unused", DAY, run="domain.workspace.pictures.forget:forget", limit=30),
    Task("secrets.forget_replaced", HOUR, run="domain.connections.secret_rotation:forget"),
)  # fmt: skip


def do(session: Session, task: Task) -> bool:
    """Do this task once; whether there is more of it."""
    if task.run:
        return function_of(task.run)(session) is True
    if not task.when or session.execute(text(task.when), _values(session, task.when)).scalar_one():
        nudge(session, task.nudge, lane=task.lane)
    return False


def _values(session: Session, when: str) -> dict[str, object]:
    return {"now": clock.now(session)} if ":now" in when else {}
