"""How is a batch of mails split into calls? Small enough, one sender each, no address twice; some messages go alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

from integrations.contract import Batch, Config, Fate, Message, Outcome, slot_pattern
from integrations.mail import mime

SENDER_PARTS = ("from_email", "from_name", "reply_to")
"""Parts that all messages of a call have in common."""


def without_invalid_addresses(batch: Batch) -> tuple[list[Outcome], Batch]:
    """Outcomes of the messages whose address is not valid, and a batch of the others."""
    refused, valid = [], []
    for message in batch.messages:
        try:
            mime.mailbox(message.address)
        except ValueError as wrong:
            refused.append(Outcome(message.id, Fate.REFUSED, str(wrong), for_good=True))
        else:
            valid.append(message)
    return refused, Batch(tuple(valid), batch.template)


def split(batch: Batch, items: int, size: int, weight: Callable[[Message], int], alone: Callable[[Message], bool]) -> Iterator[Batch]:
    """The batch as calls of at most `items` messages and `size` bytes. Messages that go `alone` are rendered whole, without slots."""
    together = []
    for message in batch.messages:
        if batch.template and not alone(message):
            together.append(message)
        else:
            yield Batch((dataclasses.replace(message, parts=batch.rendered(message), slots={}),))
    sender = sender_of(batch)
    while together:
        call: dict[str, Message] = {}
        rest, total, first = [], 0, _same(together[0], sender)
        for message in together:
            address, weighs = message.address.casefold(), 400 + weight(message)
            if len(call) < items and total + weighs < size and address not in call and _same(message, sender) == first:
                call[address], total = message, total + weighs
            else:
                rest.append(message)
        yield Batch(tuple(call.values()), batch.template)
        together = rest


def _same(message: Message, sender: Callable[[Message], dict[str, str]]) -> object:
    return sender(message), bool(message.unsubscribe_url)


def sender_of(batch: Batch) -> Callable[[Message], dict[str, str]]:
    """A function from a message to its sender parts; parts without slots are worked out once."""
    first = batch.messages[0] if batch.messages else None
    pattern = slot_pattern(first.slots) if first and first.slots else None
    texts = {name: batch.template[name] for name in SENDER_PARTS if name in batch.template}
    fixed = {name: text for name, text in texts.items() if not (pattern and pattern.search(text))}
    return lambda message: {name: fixed[name] if name in fixed else batch.part(message, name) for name in SENDER_PARTS}


def subject_and_bodies(batch: Batch) -> dict[str, str]:
    """Subject and bodies of a call, with slot keys where values go. Raises Config where there is no subject."""
    first = batch.messages[0]
    parts = {name: batch.template[name] if name in batch.template else first.parts.get(name, "") for name in ("subject", "text", "html")}
    if not parts["subject"]:
        raise Config("A mail needs a subject.")
    return parts


def sender_mailbox(address: str) -> str:
    """The address of a sender. Raises Config where it is none."""
    try:
        return mime.mailbox(address)
    except ValueError as wrong:
        raise Config(f"The sender “{mime.one_line(address)}” is not a mail address.") from wrong


def slot_bytes(message: Message) -> int:
    """How many bytes the slots of one recipient take."""
    values = message.slots.values()
    return sum(map(len, message.slots)) + sum(len(v) if v.isascii() else len(v.encode("utf-8", "replace")) for v in values)


def halves(messages: tuple[Message, ...]) -> list[tuple[Message, ...]]:
    """Two smaller calls, to send again after a call was refused as a whole."""
    middle = len(messages) // 2
    return [messages[middle:], messages[:middle]]
