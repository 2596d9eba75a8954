"""Did they get it? What became of one recipient, by the messages that were made for them."""

from collections.abc import Sequence

from domain.tables.sending import Delivery, Recipient

GOT, RETURNED, UNSURE = "got", "returned", "unsure"


def fate(recipient: Recipient, deliveries: Sequence[Delivery]) -> str:
    """`got`, `returned` or `unsure` of whom something was sent to; of others the state of the recipient."""
    if recipient.state != "served":
        return recipient.state
    if returned(deliveries) is not None:
        return RETURNED
    return UNSURE if all(d.state in {"unsure", "refused", "skipped"} for d in deliveries) else GOT


def returned(deliveries: Sequence[Delivery]) -> Delivery | None:
    """The message that bounced, where no other way may have reached them."""
    taken = [d for d in deliveries if d.state not in {"refused", "skipped"}]
    return taken[0] if taken and all(d.state == "bounced" for d in taken) else None
