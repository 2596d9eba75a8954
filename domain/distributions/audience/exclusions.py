"""Who is left out, and why? One SQL CASE made from the plan, selected by counts, preview, prepare and explanation alike.

The expressions read `c`, a row of customers (all NULL where the customer is gone), and, where there is one, `r`, a row of recipients.
Values are bound by the names in `values`.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from domain.distributions.audience.address import CustomerAddress
from domain.distributions.plan.plan import Channel, Plan


@dataclass(frozen=True)
class Test:
    """A reason and the SQL that is true for those it concerns. Tests are asked in order; the first that holds is the reason."""

    reason: str
    sql: str

    __test__ = False  # not for pytest


_HASH = {"email": "c.email_hash", "phone": "c.phone_hash"}

_GIVEN = "(v.expires_at IS NULL OR v.expires_at > :now) AND v.redeemed < coalesce((SELECT redemption_limit FROM campaigns WHERE id = :campaign), v.redeemed + 1)"  # noqa: E501 - one statement
_HELD = "SELECT FROM vouchers v WHERE v.customer_id = c.id AND v.campaign_id = :campaign AND v.state = 'assigned'"


def recipient_tests(plan: Plan, *, recipient: bool) -> list[Test]:
    """The tests of the whole recipient. `recipient` False: there is none yet, and the tests about its own row are left out."""
    tests = [Test("erased", "c.id IS NULL OR c.erased_at IS NOT NULL")]
    if recipient:
        tests.append(Test("stale", "r.stale_at < :now"))
    if plan.code == "pool" and plan.campaign_id is not None:
        others = f"{_HELD} AND v.recipient_id IS DISTINCT FROM r.id AND v.id IS DISTINCT FROM r.voucher_id" if recipient else _HELD
        tests.append(
            Test(
                "outside_rule",
                "(SELECT segment_id FROM campaigns WHERE id = :campaign) IS NOT NULL AND NOT EXISTS (SELECT FROM segment_members m"
                " WHERE m.customer_id = c.id AND m.segment_id = (SELECT segment_id FROM campaigns WHERE id = :campaign))",
            )
        )
        if plan.skip_holders:
            tests.append(Test("holds_one", f"EXISTS ({others} AND {_GIVEN})"))
        tests.append(
            Test(
                "had_one",
                f"(SELECT join_once FROM campaigns WHERE id = :campaign) AND EXISTS ({others}) AND NOT EXISTS ({_HELD} AND {_GIVEN})",
            )
        )
    if plan.code == "event" and recipient:
        tests.append(
            Test(
                "no_voucher",
                "NOT EXISTS (SELECT FROM vouchers v WHERE v.id = r.voucher_id AND v.customer_id = c.id AND v.state = 'assigned')",
            )
        )
    return tests


def channel_tests(plan: Plan, way: Channel, who: CustomerAddress) -> list[Test]:
    """The tests of one channel. Suppression is always checked; the permission unless the plan says, with a reason, that it is not."""
    tests = []
    if who.reason:
        tests.append(Test(who.reason, f"{who.sql} = ''"))
    if who.kind:
        listed = f"SELECT FROM suppressions s WHERE s.kind = '{who.kind}' AND s.hash = {_HASH[who.kind]}"
        tests.append(Test("unsubscribed", f"EXISTS ({listed} AND s.reason IN ('unsubscribed', 'stop'))"))
        tests.append(Test("suppressed", f"EXISTS ({listed})"))
    if plan.check_permission and way.permission_id is not None:
        name = permission_name(way.permission_id)
        kinds = [who.kind] if who.kind else list(_HASH)
        asked = " OR ".join(f"(o.kind = '{kind}' AND o.hash = {_HASH[kind]})" for kind in kinds)
        tests.append(Test("opted_out", f"EXISTS (SELECT FROM address_opt_outs o WHERE o.permission_id = :{name} AND ({asked}))"))
        tests.append(
            Test(
                "no_permission",
                f"NOT EXISTS (SELECT FROM consents k WHERE k.customer_id = c.id AND k.given AND k.permission_id = :{name})",
            )
        )
    return tests


def permission_name(id: uuid.UUID) -> str:
    """The name under which a permission's id is bound."""
    return f"permission_{id.hex}"


def first_reason_sql(tests: Iterable[Test]) -> str:
    """The first reason that holds, or NULL."""
    whens = " ".join(f"WHEN {test.sql} THEN '{test.reason}'" for test in tests)
    return f"CASE {whens} END" if whens else "CAST(NULL AS text)"


def none_holds_sql(tests: Iterable[Test]) -> str:
    """True where none of the tests holds: the condition of the update that opens a call."""
    return " AND ".join(f"({test.sql}) IS NOT TRUE" for test in tests) or "true"


def values(plan: Plan, now: Any) -> dict[str, Any]:
    """What the expressions of this plan bind."""
    bound: dict[str, Any] = {"now": now, "campaign": plan.campaign_id}
    for way in plan.channels:
        if way.permission_id is not None:
            bound[permission_name(way.permission_id)] = way.permission_id
    return bound
