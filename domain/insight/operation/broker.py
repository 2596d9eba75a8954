"""How is the queue? Asked of Redis itself, with a second's patience, because nudges are nowhere else."""

import redis

import settings

NAMESPACE = "largesse"
"""What the keys of our queues begin with."""
LANES = ("bulk", "trigger")
PROOF = f"{NAMESPACE}:proof"


class BrokerAway(Exception):
    """It does not answer, or takes nothing; the text is the class of the error."""


def lengths() -> dict[str, int]:
    """Lane -> nudges that wait. Empty for the in-memory broker. Raises BrokerAway, also where nothing can be written."""
    url = settings.current().broker_url
    if not url or url.startswith("stub:"):
        return {}
    peer = redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)
    try:
        peer.set(PROOF, "1", ex=60)
        return {lane: int(peer.llen(f"{NAMESPACE}:{lane}")) for lane in LANES}
    except (redis.RedisError, OSError) as away:
        raise BrokerAway(type(away).__name__) from away
    finally:
        peer.close()
