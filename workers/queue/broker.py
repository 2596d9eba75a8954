"""How do nudges travel between processes? Through Redis or Valkey by BROKER_URL, or not at all (`stub://`, for tests).

Losing one costs seconds: rows are the truth and the clock asks again. So sending never raises, and the server may be flushed at any time.
"""

import time

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import AgeLimit, Callbacks, Middleware, Retries, ShutdownNotifications, TimeLimit

import settings
from domain.kernel import nudges
from domain.kernel.nudges import Nudge
from logs import log
from workers.queue import waiting_nudges

LANES = ("bulk", "trigger")
TIME_LIMIT = 15 * 60 * 1000
"""Milliseconds; far above every time-out of a call, so that only what hangs for ever is cut."""
SILENCE = 30.0
"""Seconds between complaints about a broker that does not answer."""
LEFT_ALONE = 2.0
"""Seconds for which a broker that did not answer is not asked again: nobody's page waits for it, and workers look at rows meanwhile."""

_complained = 0.0
_away_until = 0.0


IDLE = {"bulk": 500, "trigger": 100}
"""Milliseconds after which a lane without messages is looked at again, at the latest; while there are some, at once."""


class NudgeBroker(RedisBroker):
    """Redis as it is asked by workers: each lane at its own pace, and no queue of delayed messages, because none is ever delayed."""

    answered = float("-inf")
    """When the server last answered whoever waits for messages."""

    def get_declared_delay_queues(self) -> set[str]:
        """None: nobody has to look."""
        return set()

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> dramatiq.Consumer:
        """Messages of a lane."""
        return super().consume(queue_name, prefetch, IDLE.get(queue_name, timeout))

    def do_fetch(self, queue_name: str, count: int) -> list[bytes]:
        """The next messages of a lane; notes that the server is there. Raises what redis raises."""
        found: list[bytes] = self._dispatch("fetch")(queue_name, count)  # type: ignore[no-untyped-call] # it has no types
        self.answered = time.monotonic()
        return found


def _middleware() -> list[Middleware]:
    return [AgeLimit(), TimeLimit(time_limit=TIME_LIMIT), ShutdownNotifications(), Callbacks(), Retries(max_retries=0)]


def setup() -> dramatiq.Broker:
    """The broker of this process, and nudges going through it."""
    global _away_until  # noqa: PLW0603 - one way out of the process
    _away_until = 0.0
    url = settings.current().broker_url
    broker: dramatiq.Broker
    if url.startswith("stub:"):
        broker = StubBroker(middleware=_middleware())
    else:
        # The client is made here because the broker forgets time-outs where it is given a URL.
        client = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=2)
        # A dead worker's messages return by maintenance, which runs by chance: at every third command, not every thousandth.
        broker = NudgeBroker(  # type: ignore[no-untyped-call] # it has no types
            client=client, namespace=waiting_nudges.NAMESPACE, middleware=[*_middleware(), waiting_nudges.TakenNudges()],
            maintenance_chance=300_000, heartbeat_timeout=15_000,
        )  # fmt: skip
    for lane in LANES:
        broker.declare_queue(lane)
    dramatiq.set_broker(broker)
    nudges.deliver_with(send)
    return broker


def answers(within: float) -> bool:
    """Whether the server answered this process, as it waits for messages, in the last seconds."""
    return time.monotonic() - getattr(dramatiq.get_broker(), "answered", float("-inf")) < within


def send(nudge: Nudge) -> None:
    """Put a nudge into its lane's queue, unless it waits there already. A broker that is away is logged, not raised: rows say the same."""
    global _complained, _away_until  # noqa: PLW0603 - one complaint for the whole process
    if time.monotonic() < _away_until:
        return
    message: dramatiq.Message[None] = dramatiq.Message(
        queue_name=nudge.lane, actor_name=nudge.job, args=(nudge.subject, nudge.lane), kwargs={}, options={}
    )
    broker = dramatiq.get_broker()
    try:
        if isinstance(broker, RedisBroker):
            waiting_nudges.enqueue_once(broker, nudge, message)
        else:
            broker.enqueue(message)
    except (dramatiq.errors.ConnectionError, dramatiq.errors.QueueNotFound, redis.RedisError, OSError) as away:
        _away_until = time.monotonic() + LEFT_ALONE
        if time.monotonic() - _complained > SILENCE:
            _complained = time.monotonic()
            log(__name__).warning("the broker does not answer; workers look at rows", error=type(away).__name__)
    except Exception as odd:  # none of its errors may undo what was committed
        named = {"job": nudge.job, "subject": nudge.subject, "lane": nudge.lane}
        log(__name__).warning("a nudge could not be sent; workers look at rows", **named, exc_info=odd)
