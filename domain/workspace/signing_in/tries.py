"""How often may somebody guess? A few times at once, then each further try waits twice as long as the one before it.

A try is counted before it is judged, in one statement under the lock of its row, so that many at once are counted like many one after the
other. Nobody's account is locked: what waits is the pair of a name and the network address that guesses it, and a range of addresses.
"""

import datetime
import ipaddress
from dataclasses import dataclass

from sqlalchemy import any_, delete, func, select, text
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.kernel.secrets import digest
from domain.tables.workspace import Tries

FORGOTTEN_AFTER = datetime.timedelta(hours=1)
"""So long after the last try, counting begins anew."""


@dataclass(frozen=True)
class Limit:
    """`free` tries go on at once; then waits of 2, 4, 8, … seconds, `longest` at most."""

    free: int
    longest: int


LIMITS = {
    "password": Limit(5, 900),
    "passwords of a range": Limit(40, 60),
    "code": Limit(5, 900),
    "recovery code": Limit(5, 900),
    "links of a range": Limit(20, 60),
    "own password": Limit(5, 900),
    "forgotten": Limit(3, 900),
    "forgotten of a range": Limit(10, 900),
}
"""What is tried -> its limit. Codes are counted by person: whoever guesses them has the password already."""

Keys = dict[str, str]
"""What is tried -> by whom, or about whom."""

_COUNT = text("""
    INSERT INTO tries AS t (key, count, last_at, free_at) VALUES (:key, 1, :now, :past)
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN t.last_at < :old THEN 1 ELSE t.count + 1 END,
        last_at = :now,
        free_at = CASE
            WHEN t.last_at < :old OR t.count + 1 < :free THEN :past
            ELSE :now + make_interval(secs => least(:longest, power(2, least(t.count + 2 - :free, 20))))
        END
    WHERE t.free_at <= :now OR t.last_at < :old
    RETURNING count
""")


def count(session: Session, keys: Keys) -> int:
    """Count a try; 0 where it may be judged, else the seconds to wait. Commit before judging: others wait for the rows until then."""
    now = clock.now(session)
    times = {"now": now, "old": now - FORGOTTEN_AFTER, "past": now - FORGOTTEN_AFTER}
    here = session.begin_nested()
    for what in sorted(keys):
        limit, key = LIMITS[what], _key(what, keys[what])
        counted = session.execute(_COUNT, {"key": key, "free": limit.free, "longest": limit.longest, **times}).scalar()
        if counted is None:
            here.rollback()
            free_at = session.scalar(select(Tries.free_at).where(Tries.key == key)) or now
            return max(1, int((free_at - now).total_seconds() + 0.999))
    here.commit()
    return 0


def was_right(session: Session, keys: Keys) -> None:
    """The try was no guess: what counts one person begins anew; a range is given this one try back, and nothing more."""
    ours = [_key(what, keys[what]) for what in keys if not what.endswith("of a range")]
    session.execute(delete(Tries).where(Tries.key.in_(ours)))
    ranges = [_key(what, keys[what]) for what in keys if what.endswith("of a range")]
    for row in session.scalars(select(Tries).where(Tries.key.in_(ranges)).with_for_update()):
        row.count = max(0, row.count - 1)


def forget(session: Session, limit: int = 5_000) -> bool:
    """Remove at most so many of those that no longer count; whether there may be more."""
    chosen = select(Tries.key).where(Tries.last_at < clock.now(session) - FORGOTTEN_AFTER).limit(limit)
    gone = session.execute(delete(Tries).where(Tries.key == any_(func.array(chosen.scalar_subquery()))).returning(Tries.key)).all()
    return len(gone) == limit


def one_address(address: str) -> str:
    """The network address of one customer of a provider: an IPv4 address, or 64 bits of an IPv6 one."""
    return _network(address, 32, 64)


def range_of(address: str) -> str:
    """The range around it that one guesser may have: 24 bits of IPv4, 48 of IPv6."""
    return _network(address, 24, 48)


def wait_in_words(seconds: int) -> str:
    """`8 seconds`, `4 minutes`."""
    amount, unit = (seconds, "second") if seconds < 90 else (round(seconds / 60), "minute")
    return f"{amount} {unit}{'' if amount == 1 else 's'}"


def _network(address: str, bits_4: int, bits_6: int) -> str:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return str(ipaddress.ip_network((ip, bits_4 if ip.version == 4 else bits_6), strict=False))


def _key(what: str, whose: str) -> str:
    return f"{what}:{digest(whose)}"
