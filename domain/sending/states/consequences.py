"""What follows from what happened? One table for all providers: adapters say what happened, and decide nothing.

A row says what becomes of the delivery, whether the permission of the message is withdrawn, whether the address is put on the list of those
never written to or taken off it, and what is noted on the delivery's timeline.
"""

from dataclasses import dataclass

from integrations.contract import Happened


@dataclass(frozen=True, slots=True)
class Consequence:
    """What follows. Empty: nothing of that kind."""

    state: str = ""
    """Of the delivery, where it is not further already."""
    soft: bool = False
    """A bounce that says nothing about the address; a later word that it was delivered counts."""
    withdraws: bool = False
    """The permission under which the message was sent, for the customer and for the address."""
    suppresses: str = ""
    """The address, for this reason, whatever the permission: always asked, and told to whoever looks."""
    lifts: str = ""
    """The suppression of the address that was put there for this reason: the person took it back."""
    note: str = ""
    """Words for the timeline, where the state does not say it."""

    @property
    def mark(self) -> str:
        """The state with what ranks it."""
        return SOFT if self.soft else self.state


SOFT = "bounced softly"
RANK = ("unsure", "accepted", SOFT, "refused", "delivered", "bounced", "complained")
"""Marks of deliveries that receipts move between, in the only direction there is. Who is `refused` stays so."""
CONSEQUENCES: dict[Happened, Consequence] = {
    Happened.ACCEPTED: Consequence("accepted"),
    Happened.DELAYED: Consequence(note="The provider could not deliver it yet, and goes on trying."),
    Happened.DELIVERED: Consequence("delivered"),
    Happened.OPENED: Consequence("delivered"),
    Happened.CLICKED: Consequence("delivered"),
    Happened.BOUNCED: Consequence("bounced", suppresses="bounced"),
    Happened.BOUNCED_SOFT: Consequence("bounced", soft=True),
    Happened.DROPPED: Consequence("refused"),
    Happened.REFUSED: Consequence("refused"),
    Happened.COMPLAINED: Consequence("complained", suppresses="complained"),
    Happened.UNSUBSCRIBED: Consequence("delivered", withdraws=True, note="They unsubscribed from this."),
    Happened.UNSUBSCRIBED_ALL: Consequence("delivered", suppresses="unsubscribed", note="They unsubscribed from everything."),
    Happened.STOPPED: Consequence(suppresses="stop", note="They answered STOP."),
    Happened.RESUBSCRIBED: Consequence(lifts="stop", note="They answered START."),
    Happened.UNKNOWN: Consequence(),
}
