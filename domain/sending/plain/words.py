"""What do the messages of a plain batch say? From a row of texts where the message is so simple, else by Liquid."""

import datetime
import uuid
from collections.abc import Sequence
from itertools import repeat
from json.encoder import encode_basestring

from sqlalchemy.orm import Session

from domain.customers.consents.links import unsubscribe_urls
from domain.distributions.preview import values as facts
from domain.kernel.base import Prefix, outside
from domain.messages.liquid.places import TemplateError
from domain.sending.calls.provider_call import Parts
from domain.sending.plain.person import NotPlain, Person, WordsFail
from domain.sending.plain.usual import Usual
from integrations.contract import Message


def messages_of(
    session: Session, kept: Usual, going: Sequence[Person], codes: Sequence[tuple[str | None, str]], now: datetime.datetime
) -> tuple[tuple[Message, ...], list[str]]:
    """What the provider is given, and the slots of each as JSON."""
    public_url, permission = kept.shared.public_url, kept.way.channel.permission_id
    customers = [p.customer.replace("-", "") for p in going]
    links = list(map(unsubscribe_urls(public_url, permission), customers))
    values = _by_row(kept, going, codes, links, customers) if kept.lone else _by_liquid(session, kept, going, codes, now)
    tags = {"distribution": outside(Prefix.DISTRIBUTION, kept.about.distribution_id)}
    at, compiled = int(now.timestamp()), kept.way.message
    messages = tuple(
        Message(
            f"{Prefix.DELIVERY}_{p.delivery.replace('-', '')}", p.address, Parts(compiled, said), said, {},
            f"{Prefix.CUSTOMER}_{customer}", link, tags, at, p.email, p.phone,
        )
        for p, customer, said, link in zip(going, customers, values, links, strict=True)
    )  # fmt: skip
    if kept.lone:
        return messages, [kept.lone.as_json(said) for said in values]
    return messages, [_as_json(said) for said in values]


def _by_row(
    kept: Usual, going: Sequence[Person], codes: Sequence[tuple[str | None, str]], links: Sequence[str], customers: Sequence[str]
) -> list[dict[str, str]]:
    assert kept.lone is not None
    preferences = map(unsubscribe_urls(kept.shared.public_url, None), customers) if kept.preferences else repeat("")
    values = []
    for person, (_, code), link, others in zip(going, codes, links, preferences, strict=False):
        said = kept.lone.of((link, others, code, *person.columns))
        if said is None:
            raise NotPlain("somebody's message may be too long")
        values.append(said)
    return values


def _by_liquid(
    session: Session, kept: Usual, going: Sequence[Person], codes: Sequence[tuple[str | None, str]], now: datetime.datetime
) -> list[dict[str, str]]:
    way, shared = kept.way, facts.at(kept.shared, now)
    wanted = [
        (uuid.UUID(p.id), uuid.UUID(p.customer), uuid.UUID(code) if code else None) for p, (code, _) in zip(going, codes, strict=True)
    ]
    known = facts.values_for_batch(session, shared, wanted, way.channel.permission_id)
    try:
        return [way.message.values(known[id]) for id, _, _ in wanted]
    except TemplateError as why:
        raise WordsFail("somebody's message fails") from why


def _as_json(slots: dict[str, str]) -> str:
    return "{" + ", ".join(f"{encode_basestring(key)}: {encode_basestring(said)}" for key, said in slots.items()) + "}"
