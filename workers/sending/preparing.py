"""Who is next in a distribution? Claimed by one thread at a time, decided and written down by several, each batch in one transaction."""

import threading
import uuid

from sqlalchemy.orm import Session

from domain.distributions.control import pause
from domain.sending.prepare import alone, decide
from domain.sending.prepare.decide import Claimed
from domain.sending.prepare.leases import Lease
from domain.sending.prepare.recipe import ServedVersion
from domain.sending.states import finish
from domain.tables.incentives import Campaign
from workers.session import transaction


class Preparing:
    """The people of one distribution and lane in this process. Threads share the cursor, so that no two look at the same rows."""

    def __init__(self, distribution_id: uuid.UUID, lane: str) -> None:
        self.id, self.lane = distribution_id, lane
        self.cursor = decide.FIRST
        self.claiming = threading.Lock()

    def prepare(self, limit: int, at_once: bool) -> tuple[list[tuple[ServedVersion, list[Lease]]], int, bool]:
        """Decide about the next `limit`: what may be sent now by recipe, how many were found, and whether codes ran out."""
        out: list[tuple[ServedVersion, list[Lease]]] = []
        found, dry = 0, False
        with transaction() as session:
            for claimed in self._claim(session, limit):
                leases, why = alone.serve(session, claimed, self.lane, at_once=at_once)
                out.append((claimed.recipe, leases))
                found += claimed.found
                if why:
                    dry = True
                    self._dry(session, claimed.recipe, why)
        return out, found, dry

    def _claim(self, session: Session, limit: int) -> list[Claimed]:
        """The next recipients. Only this is done by one thread at a time: the database then works for one while another renders."""
        with self.claiming:
            claimed = decide.claim(session, self.id, self.lane, self.cursor, limit)
            if not claimed and self.cursor != decide.FIRST:  # what was passed over: another worker let it go
                claimed = decide.claim(session, self.id, self.lane, decide.FIRST, limit)
            self.cursor = max((batch.last for batch in claimed if batch.last), default=self.cursor)
        return claimed

    def _dry(self, session: Session, about: ServedVersion, why: str) -> None:
        """No codes: pause, unless more are being made just now."""
        campaign = session.get(Campaign, about.plan.campaign_id) if about.plan.campaign_id else None
        if campaign is not None and campaign.generation == "running":
            return
        if not pause.pause_because(session, self.id, "no_codes", why):
            finish.give_up(session, self.id)
