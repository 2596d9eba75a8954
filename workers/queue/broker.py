"""How do nudges travel between processes? Through Redis or Valkey by BROKER_URL, or not at all (`stub://`, for tests).

Losing one costs seconds: rows are the truth and the clock asks again. So sending never raises, and the server may be flushed at any time.
"""

import time

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import AgeLimit, Callbacks, Middleware, Retries, ShutdownNotifications, TimeLimit

import settings
from domain.kernel import nudges
from domain.kernel.nudges import Nudge
from logs import log

LANES = ("bulk", "trigger")
NAMESPACE = "largesse"
TIME_LIMIT = 15 * 60 * 1000
"""Milliseconds; far above every time-out of a call, so that only what hangs for ever is cut."""
SILENCE = 30.0
"""Seconds between complaints about a broker that does not answer."""

_complained = 0.0


def _middleware() -> list[Middleware]:
    return [AgeLimit(), TimeLimit(time_limit=TIME_LIMIT), ShutdownNotifications(), Callbacks(), Retries(max_retries=0)]


def setup() -> dramatiq.Broker:
    """The broker of this process, and nudges going through it."""
    url = settings.current().broker_url
    broker: dramatiq.Broker
    if url.startswith("stub:"):
        broker = StubBroker(middleware=_middleware())
    else:
        # A dead worker's messages return by maintenance, which runs by chance: at every third command, not every thousandth.
        broker = RedisBroker(  # type: ignore[no-untyped-call]
            url=url, namespace=NAMESPACE, middleware=_middleware(), maintenance_chance=300_000, heartbeat_timeout=15_000,
            socket_timeout=5, socket_connect_timeout=2,
        )  # fmt: skip
    for lane in LANES:
        broker.declare_queue(lane)
    dramatiq.set_broker(broker)
    nudges.deliver_with(send)
    return broker


def send(nudge: Nudge) -> None:
    """Put a nudge into its lane's queue. A broker that is away is logged, not raised: the clock will ask again."""
    global _complained  # noqa: PLW0603 - one complaint for the whole process
    message: dramatiq.Message[None] = dramatiq.Message(
        queue_name=nudge.lane, actor_name=nudge.job, args=(nudge.subject, nudge.lane), kwargs={}, options={}
    )
    try:
        dramatiq.get_broker().enqueue(message)
    except (dramatiq.errors.ConnectionError, dramatiq.errors.QueueNotFound, OSError) as away:
        if time.monotonic() - _complained > SILENCE:
            _complained = time.monotonic()
            log(__name__).warning("the broker does not answer; the clock will ask again", error=type(away).__name__)
    except Exception as odd:  # redis-py raises errors of its own kind; none of them may undo what was committed
        log(__name__).warning("a nudge could not be sent; the clock will ask again", error=type(odd).__name__)
