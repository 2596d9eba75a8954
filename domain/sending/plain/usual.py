"""When is a batch plain, and what can be kept from one to the next? Asked in one statement a batch, for rows change while a run goes on.

Plain is: one channel that takes words in calls of many, a code each from a pool that is not joined once (or none), and a provider that
works. Everything else is left to `prepare` and `calls`, which can do all.
"""

import datetime
import functools
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from domain.conditions.facts import Type
from domain.connections.configured import Unusable, configured, receipts_url
from domain.customers.profiles.fields import FIELDS
from domain.distributions.audience import exclusions
from domain.distributions.preview import values as facts
from domain.incentives.campaigns.kinds.catalogue import campaign_kind
from domain.incentives.ledger.source import source
from domain.kernel import clock
from domain.sending.plain.lone import LoneValues, Names, lone_slots, variables
from domain.sending.prepare.recipe import ReadyChannel, ServedVersion, VersionBroken, served_version
from domain.workspace.project.database_mark import file_of_mark, fits, parsed, remembered
from integrations.contract import Settings, Takes

UNSUBSCRIBE: Names = ("links", "unsubscribe")
PREFERENCES: Names = ("links", "preferences")
CODE: Names = ("voucher", "code")
OF_EACH_CODE = frozenset({"code", "expires", "published", "qr", "barcode"})
_TEXTS: dict[Names, str] = {("customer", field.key): field.key for field in FIELDS if field.fact is Type.TEXT}

# `xmin` changes with every change of a row: what was made of these rows is made anew then.
_LOOK = text(f"""
    SELECT t.now, d.status, d.version,
        k.paused_at IS NULL AND k.archived_at IS NULL AND k.forget_at IS NULL AND k.failing_since IS NULL
            AND coalesce(b.bad_calls, 0) = 0 AND (b.wait_until IS NULL OR b.wait_until <= t.now) AS callable,
        c.id IS NULL OR (c.active AND (c.ends_at IS NULL OR c.ends_at > t.now)) AS gives,
        concat_ws(' ', d.name, k.xmin, c.xmin, p.row_version, p.updated_at, s.xmin, o.xmin) AS seen, coalesce(p.data_mark, '') AS mark,
        EXISTS (SELECT FROM deliveries v WHERE v.distribution_id = d.id AND v.lane = 'bulk' AND v.due_at <= t.now AND v.state = 'ready')
            AS due
    FROM (SELECT {clock.NOW} AS now) AS t CROSS JOIN distributions d
    LEFT JOIN connections k ON k.id = :connection LEFT JOIN rate_budgets b ON b.connection_id = k.id AND b.mode = :mode
    LEFT JOIN campaigns c ON c.id = :campaign LEFT JOIN project p ON p.id = 1 LEFT JOIN segments s ON s.id = :segment
    LEFT JOIN promotion_tiers o ON o.id = :tier
    WHERE d.id = :distribution
""")


@dataclass(frozen=True)
class Usual:
    """What all plain batches of a version share, as long as the rows it was made of stay as they are."""

    about: ServedVersion
    way: ReadyChannel
    shared: facts.SharedValues
    settings: Settings
    receipts_url: str
    campaign: uuid.UUID | None
    columns: tuple[str, ...]
    """Facts of customers, as columns, that the message says."""
    preferences: bool
    """Whether it has a link to the preferences."""
    lone: LoneValues | None
    """How it is rendered from a row of (link, link of preferences, code, columns …); None: by Liquid."""
    seen: str = ""

    @functools.cached_property
    def people(self) -> TextClause:
        """Asks about `:ids` of recipients: their reasons, address, and what the message says; each with the id of a new delivery."""
        columns = "".join(f", coalesce(c.{name}, '')" for name in self.columns)
        return text(f"""
            SELECT CAST(r.id AS text), CAST(r.customer_id AS text), CAST(largesse_uuid7() AS text),
                {exclusions.first_reason_sql(self.about.tests)}, {exclusions.first_reason_sql(self.way.tests)}, {self.way.address},
                coalesce(c.email, ''), coalesce(c.phone, ''){columns}
            FROM recipients r LEFT JOIN customers c ON c.id = r.customer_id
            WHERE r.id = ANY(CAST(:ids AS uuid[])) ORDER BY r.id
        """)

    @property
    def asks(self) -> Mapping[str, object]:
        """What `_LOOK` binds."""
        plan = self.about.plan
        return {
            "connection": self.way.connection_id, "mode": self.way.mode.key, "campaign": self.campaign, "segment": plan.segment_id,
            "tier": plan.tier_id, "distribution": self.about.distribution_id,
        }  # fmt: skip


def usual(session: Session, distribution_id: uuid.UUID) -> Usual | None:
    """What can be kept of its version of today; None where it is not plain, or cannot be used: who serves it otherwise says why."""
    version = session.execute(text("SELECT version FROM distributions WHERE id = :id"), {"id": distribution_id}).scalar_one_or_none()
    try:
        about = served_version(session, distribution_id, version or 0)
        if not _is_plain(session, about):
            return None
        way = about.ways[0]
        _, settings = configured(session, way.connection_id)
    except (Unusable, VersionBroken, LookupError):
        return None
    shared = facts.shared_values(session, about.plan, distribution_id)
    campaign = about.plan.campaign_id if about.gives_codes else None
    columns, lone = _lone(way, shared, about.gives_codes)
    url = receipts_url(session, way.connection_id)
    preferences = PREFERENCES in variables(lone_slots(way.message) or ())
    made = Usual(about, way, shared, settings, url, campaign, columns, preferences, lone)
    return replace(made, seen=session.execute(_LOOK, made.asks).one().seen)


def still(session: Session, kept: Usual) -> datetime.datetime | None:
    """Now, where another plain batch may be prepared and called; None where something is not as it was."""
    row = session.execute(_LOOK, kept.asks).one_or_none()
    if row is None or not fits(remembered(file_of_mark()), parsed(row.mark)):
        return None
    if row.status not in {"sending", "live"} or row.version != kept.about.version or row.seen != kept.seen:
        return None
    return row.now.astimezone(datetime.UTC) if row.callable and row.gives and not row.due else None


def _is_plain(session: Session, about: ServedVersion) -> bool:
    if len(about.ways) != 1 or about.plan.code not in {"", "pool"} or about.plan.chosen_trigger.variables:
        return False
    way = about.ways[0]
    if way.mode.takes is not Takes.TEXT or way.limits.items < 2 or way.limits.counted or way.limits.per_second or way.mode.fails_for:
        return False
    if not about.gives_codes:
        return True
    if about.plan.campaign_id is None:
        return False
    pool = source(session, about.plan.campaign_id)
    return not pool.join_once and not pool.closed and campaign_kind(_kind(session, pool.id)).published is None


def _kind(session: Session, campaign: uuid.UUID) -> str:
    return str(session.execute(text("SELECT kind FROM campaigns WHERE id = :id"), {"id": campaign}).scalar_one())


def _lone(way: ReadyChannel, shared: facts.SharedValues, gives: bool) -> tuple[tuple[str, ...], LoneValues | None]:
    """The columns that a message of lone variables reads, and its renderer; no renderer where Liquid is needed."""
    slots = lone_slots(way.message)
    if slots is None:
        return (), None
    positions: dict[Names, int] = {UNSUBSCRIBE: 0, PREFERENCES: 1} | ({CODE: 2} if gives else {})
    columns: list[str] = []
    constants: dict[Names, str] = {}
    for names in variables(slots):
        if names in positions:
            continue
        if (column := _TEXTS.get(names)) is not None:
            positions[names] = 3 + len(columns)
            columns.append(column)
        elif isinstance(same := _same_for_all(shared, names, gives), str):
            constants[names] = same
        else:
            return (), None
    return tuple(columns), LoneValues(way.message, slots, positions, constants)


def _same_for_all(shared: facts.SharedValues, names: Names, gives: bool) -> object:
    """The value of a variable that does not differ between recipients, or None."""
    if names[0] == "voucher":
        worth = shared.code_facts.get(names[-1]) if gives and len(names) == 2 and names[1] not in OF_EACH_CODE else None
        return worth() if worth else None
    found: object = {**shared.values, "currency": shared.currency}
    for name in names:
        if not isinstance(found, Mapping) or name not in found:
            return None
        found = found[name]
    return found
