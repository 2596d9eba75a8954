"""Rounds of a run in which everything is as usual: a batch prepared and opened, called, written down, in few statements.

Whatever is not as usual is left to the careful round, which is asked for the same people and the same answer.
"""

import datetime
import threading
import time
from collections import Counter

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from domain.connections import breaker
from domain.sending.calls import record
from domain.sending.calls.provider_call import CallResult, answer
from domain.sending.plain import answered as whole
from domain.sending.plain import batch, usual
from domain.sending.plain.batch import PlainCall
from domain.sending.plain.person import NotPlain, WordsFail
from domain.sending.plain.usual import Usual
from logs import log
from workers import counters
from workers.sending import lease_keeper
from workers.sending.dispatcher import Dispatcher, http, persistently
from workers.sending.preparing import Preparing
from workers.session import transaction

BATCH = 1000
LOOKS_EVERY = 1.0
"""Seconds."""


class PlainRounds:
    """The plain way of one distribution in this process; its threads share what is kept between batches."""

    def __init__(self, people: Preparing, calls: Dispatcher) -> None:
        self.people, self.calls = people, calls
        self.kept: Usual | None = None
        self.making = threading.Lock()
        self.looks_again = 0.0
        """When it is looked again whether a distribution that was not plain has become so."""
        self.off = False
        """Words failed, or something broke: they are made once only, the careful way, for the rest of this run's slice."""

    def round(self) -> bool:
        """Send the next batch; whether that was done. False: nothing was begun, and the careful way should look."""
        if self.off or time.monotonic() < self.looks_again:
            return False
        try:
            call = self._prepared()
        except NotPlain as why:
            self.off = isinstance(why, WordsFail)
            return False
        except (OperationalError, InterfaceError):
            raise
        except Exception as broke:  # whose data are at fault is found the careful way, one by one
            log(__name__).warning("a plain batch broke", distribution=str(self.people.id), exc_info=broke)
            self.off = True
            return False
        if call is not None:
            self._sent(call)
        return True

    def _sent(self, call: PlainCall) -> None:
        if self._fails(call):
            self.calls.opened(call.usual.about, call.lease())
            return
        with lease_keeper.held(call.id):
            self._record(call, self._called(call))

    def _fails(self, call: PlainCall) -> bool:
        """Whether the peer failed while this call was prepared, or this process is asked to end: then the careful way puts it back."""
        if self.calls.stop.is_set():
            return True
        with transaction() as session:
            return breaker.careful(session, call.usual.way.connection_id, call.usual.way.mode.key)

    def _prepared(self) -> PlainCall | None:
        with transaction() as session:
            kept, now = self._usual(session)
            limit = min(kept.way.limits.items, BATCH)
            with self.people.claiming:
                ids = batch.claim(session, kept, self.people.cursor, limit)
                self.people.came_to(ids[-1])
            return batch.prepare(session, kept, ids, now)

    def _usual(self, session: Session) -> tuple[Usual, datetime.datetime]:
        """What is kept, made anew by one thread where rows it was made of have changed; and the time."""
        if (kept := self.kept) is not None and (now := usual.still(session, kept)) is not None:
            return kept, now
        with self.making:
            if self.kept is kept:
                self.kept = usual.usual(session, self.people.id)
            now = usual.still(session, self.kept) if self.kept else None
            if self.kept is None or now is None:
                self.looks_again = time.monotonic() + LOOKS_EVERY
                raise NotPlain("it is not plain now")
            return self.kept, now

    def _called(self, call: PlainCall) -> CallResult:
        began, way = time.monotonic(), call.usual.way
        found = answer(call.id, way.mode, call.usual.settings, call.batch, http())
        fates = Counter(outcome.fate.value for outcome in found.outcomes.values())
        fates["accepted"] += sum(len(one.messages) for one in found.wholes)
        fates["unanswered"] += len(call.batch.messages) - fates.total()
        counters.called(way.connection_id.hex, time.monotonic() - began, fates)
        return found

    def _record(self, call: PlainCall, found: CallResult) -> None:
        if (taken := found.all_accepted(len(call.batch.messages))) is not None:
            try:
                persistently(lambda session: whole.taken(session, call, taken.provider_id), self.calls.stop)
            except NotPlain:
                pass
            except (OperationalError, InterfaceError):
                raise
            except Exception as broke:  # words of the provider that cannot be kept cost the words alone, the careful way
                log(__name__).warning("a plain call could not be recorded", call=call.id.hex, exc_info=broke)
            else:
                return
        careful, one_by_one = call.careful(), found.one_by_one()
        persistently(lambda session: record.record(session, careful, one_by_one), self.calls.stop)
