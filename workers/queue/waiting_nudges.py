"""Does this nudge wait in the queue already? At most one for each job, subject and lane does, however often it is asked for.

Beside the queue stands a key for each waiting nudge, with the id of its message. A worker takes the key away before it begins, so that
whoever asks while it works is heard. A key whose message is gone (a server that lost its last second) counts as none.
"""

import uuid

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import Middleware

from domain.kernel.nudges import Nudge
from logs import log

NAMESPACE = "largesse"
KEPT = 3_600
"""Seconds after which a forgotten key goes by itself."""
_FIRST = """
local waiting = redis.call('get', KEYS[1])
if waiting and redis.call('hexists', KEYS[2], waiting) == 1 then return 0 end
redis.call('set', KEYS[1], ARGV[1], 'ex', ARGV[2])
return 1
"""


def _key(job: str, subject: str, lane: str) -> str:
    return f"{NAMESPACE}:waiting:{lane}:{job}:{subject}"


def enqueue_once(broker: RedisBroker, nudge: Nudge, message: "dramatiq.Message[None]") -> bool:
    """Put it into the queue of its lane; False where it waits there already. Raises what redis raises."""
    id = str(uuid.uuid4())
    keys = [_key(nudge.job, nudge.subject, nudge.lane), f"{NAMESPACE}:{nudge.lane}.msgs"]
    if not broker.client.eval(_FIRST, len(keys), *keys, id, KEPT):
        return False
    broker.do_enqueue(nudge.lane, id, message.copy(options={"redis_message_id": id}).encode())
    return True


class TakenNudges(Middleware):
    """Says that a nudge waits no longer, when a worker begins with it."""

    def before_process_message(self, broker: dramatiq.Broker, message: dramatiq.MessageProxy) -> None:
        """Take its key away. A server that is away has lost nothing by it."""
        assert isinstance(broker, RedisBroker)
        subject, lane = (*map(str, message.args), "", "")[:2]
        try:
            broker.client.delete(_key(message.actor_name, subject, lane))
        except Exception as away:
            named = {"job": message.actor_name, "subject": subject, "lane": lane, "error": type(away).__name__}
            log(__name__).warning("a nudge could not be taken from the list of those that wait", **named)
