"""Why not? Every "no" by its key, in the words that the wizard, the report and the explanation show.

What a provider says about a refused message is kept as its own sentence, without addresses and numbers, so that equal causes count as one.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """`words` finish the sentence "left out: 31 …"; `hint` says what that means or what can be done."""

    words: str
    hint: str = ""
    retry: bool = False
    """Whether sending again may help."""
    lacks: str = ""
    """The column of the customer that was empty, or ANOTHER: sending again helps those alone who have it by now."""


ANOTHER = "another address"
REASONS: dict[str, Reason] = {
    # the whole recipient
    "erased": Reason("erased", "Their data were erased on request; nothing may be sent."),
    "stale": Reason("waited too long", "A triggered message is no longer worth sending after 24 hours."),
    "loop": Reason("in a circle", "More than three distributions stand behind this event; the circle was cut here."),
    "paused": Reason("while paused", "It happened while the distribution was paused, and “catch up” is off."),
    "broken": Reason("while it could not be read", "It happened while the stored plan of the distribution could not be read."),
    "stopped": Reason("stopped", "Somebody stopped the distribution before their turn."),
    "outside_rule": Reason("outside the campaign’s segment", "The campaign’s rule allows its codes only to members of a segment."),
    "holds_one": Reason("hold a code already", "They hold an active code of this campaign, and holders are left out."),
    "had_one": Reason("had a code before", "The campaign gives one code per customer, and theirs is used or expired."),
    "no_voucher": Reason("code withdrawn", "The published code is no longer theirs or was withdrawn."),
    # one channel
    "no_email": Reason("no email", "There was no email address on the profile.", retry=True, lacks="email"),
    "no_phone": Reason("no phone", "There was no phone number on the profile.", retry=True, lacks="phone"),
    "unsubscribed": Reason("unsubscribed", "They asked not to be written to at this address."),
    "suppressed": Reason("address suppressed", "The address bounced, complained, or was put on the suppression list."),
    "opted_out": Reason("unsubscribed from this", "Somebody said no to this permission at this address; that holds for whoever has it."),
    "no_permission": Reason("no permission", "They have not given the permission that this channel needs."),
    "same_address": Reason("same address as another", "Another customer with the same address was written to in the same call."),
    # what became of the message
    "gave up": Reason("gave up after 24 hours", "The provider kept putting it off until its time was over.", retry=True),
    "cut off": Reason("call broke off on our side", "Nobody knows whether the provider took it; a receipt may still tell."),
    "worker killed": Reason("worker was killed during the call", "Nobody knows whether the provider took it; a receipt may still tell."),
    "not said": Reason("provider did not say", "Nobody knows whether the provider took it; a receipt may still tell."),
    "unsure": Reason("unsure", "Nobody knows whether the provider took it; a receipt may still tell."),
    "no end": Reason("no end was told", "The provider took it and did not say within a day what became of it.", retry=True),
    "fault": Reason("something went wrong on our side", "Their message could not be made; the log has what broke.", retry=True),
}

NO_ID = "no_id "
"""Followed by the name of the platform."""
MESSAGE_FAILED = "message_failed "
"""Followed by what the template says about this customer's data."""
FOR_GOOD = "for_good "
"""Followed by what a provider said: it would refuse the same address again."""
_ADDRESS = re.compile(r"<?[^\s<>@]+@[^\s<>@]+>?")
_NUMBER = re.compile(r"\b(?=[0-9a-fA-F-]*\d)[0-9a-fA-F-]{7,}\b|\+?\d{6,}")
_LENGTH = 160


def grouped(said: str) -> str:
    """What a provider said, without what differs from recipient to recipient."""
    return " ".join(_NUMBER.sub("…", _ADDRESS.sub("…", said)).split())[:_LENGTH]


def refused(said: str, *, for_good: bool) -> str:
    """The reason of a refusal, as it is kept."""
    return f"{FOR_GOOD if for_good else ''}{grouped(said) or 'refused'}"


def may_help(state: str, reason: str) -> bool:
    """Whether sending again may reach them. Who lacked an address, or was refused at one for good, needs another one first."""
    ours = known(reason)
    return state == "unsure" or (state == "refused" and ours is None) or (ours is not None and ours.retry)


def known(reason: str) -> Reason | None:
    """What we know of a reason of ours; None where a provider said it."""
    if reason.startswith(NO_ID):
        platform = reason.removeprefix(NO_ID)
        return Reason(f"no id for {platform}", f"The profile lacks the id by which {platform} knows its people.", retry=True)
    if reason.startswith(MESSAGE_FAILED):
        return Reason("message failed", reason.removeprefix(MESSAGE_FAILED), retry=True)
    if reason.startswith(FOR_GOOD):
        return Reason(
            reason.removeprefix(FOR_GOOD), "Sending it again to the same address would be refused again.", retry=True, lacks=ANOTHER
        )
    return REASONS.get(reason)


def words(reason: str) -> str:
    """A reason for people: ours in words, a provider's as it said it."""
    ours = known(reason)
    return ours.words if ours else reason


def hint(reason: str) -> str:
    """What it means or what can be done; empty where only the provider knows."""
    ours = known(reason)
    return ours.hint if ours else ""
