"""Does the ledger add up? Asked by `largesse doctor`, and after every test that kills something."""

from sqlalchemy import text
from sqlalchemy.orm import Session

# One statement, so that everything is read in one snapshot while work goes on.
_COUNTERS = """
    SELECT 'Campaign ' || c.name || ': ' || coalesce(counted.n, 0) || ' codes are counted as ' || coalesce(rows.state, counted.state)
           || ', ' || coalesce(rows.n, 0) || ' are.'
    FROM (SELECT campaign_id, state, count(*) AS n FROM vouchers GROUP BY 1, 2
          UNION ALL SELECT campaign_id, 'redeemed', count(*) FROM vouchers WHERE redeemed > 0 GROUP BY 1) AS rows
    FULL JOIN (SELECT campaign_id, state, sum(n) AS n FROM (
            SELECT campaign_id, state, count AS n FROM pool_counts UNION ALL SELECT campaign_id, state, delta FROM pool_deltas) AS each
        GROUP BY 1, 2) AS counted USING (campaign_id, state)
    JOIN campaigns c ON c.id = campaign_id
    WHERE coalesce(rows.n, 0) <> coalesce(counted.n, 0)
"""
_UNPUBLISHED = """
    SELECT 'Voucher ' || v.id || ' is assigned without a publication.' FROM vouchers v LEFT JOIN publications p ON p.voucher_id = v.id
    WHERE v.state = 'assigned' AND p.id IS NULL
"""
_WRONGLY_PUBLISHED = """
    SELECT 'Publication ' || p.id || ' gives voucher ' || v.id || ', which is ' || v.state
           || CASE WHEN v.customer_id IS DISTINCT FROM p.customer_id THEN ' and another customer’s.' ELSE '.' END
    FROM publications p JOIN vouchers v ON v.id = p.voucher_id
    WHERE v.state <> 'assigned' OR v.customer_id IS DISTINCT FROM p.customer_id OR v.campaign_id <> p.campaign_id
"""
_TWICE = """
    SELECT 'Voucher ' || voucher_id || ' is named by recipients of ' || count(DISTINCT customer_id) || ' customers.'
    FROM recipients WHERE voucher_id IS NOT NULL GROUP BY voucher_id HAVING count(DISTINCT customer_id) > 1
"""
_STRANGER = """
    SELECT 'Recipient ' || r.id || ' names voucher ' || r.voucher_id || ', which is ' || v.state || CASE WHEN v.state IN ('free', 'void')
           THEN '.' ELSE ' and another customer’s.' END
    FROM recipients r JOIN vouchers v ON v.id = r.voucher_id
    WHERE v.customer_id IS DISTINCT FROM r.customer_id
"""
_STALE = """
    SELECT 'Voucher ' || v.id || ' is reserved for a recipient that ' || coalesce('is ' || r.state || '.', 'does not exist.')
    FROM vouchers v LEFT JOIN recipients r ON r.id = v.recipient_id
    WHERE v.state = 'reserved' AND (r.id IS NULL OR r.state NOT IN ('pending', 'ready') OR r.voucher_id IS DISTINCT FROM v.id)
"""
_EVERYTHING = " UNION ALL ".join((_COUNTERS, _UNPUBLISHED, _WRONGLY_PUBLISHED, _TWICE, _STRANGER, _STALE))
_BROKEN = text(f"SELECT words FROM ({_EVERYTHING}) AS broken (words) LIMIT 100")


def check(session: Session) -> list[str]:
    """Every sentence says one thing that is wrong, at most 100 of them; none: the ledger is exact. Reads every voucher.

    `total = free + reserved + assigned + void` holds because a voucher has one state, by a constraint; what is compared here is each
    state's counter with its rows, assigned codes with publications, and codes with those who hold them.
    """
    return list(session.scalars(_BROKEN))
