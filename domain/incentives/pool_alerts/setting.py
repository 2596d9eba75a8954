"""Below how many codes is who told? A setting of the campaign: kept, judged, and said in a sentence."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from domain.connections.configured import Unusable, provider_of, webhook_mode
from domain.kernel import addresses
from domain.tables.connections import Connection
from domain.tables.incentives import PoolAlert

MOST_ADDRESSES = 20

CANNOT_POST = "This connection cannot post a webhook any more. Choose another one, or none."


@dataclass(frozen=True)
class AlertSetting:
    """Below `below` codes a mail goes to these addresses, and a webhook through this connection."""

    below: int
    addresses: tuple[str, ...] = ()
    connection_id: uuid.UUID | None = None


def setting(session: Session, campaign_id: uuid.UUID) -> AlertSetting | None:
    """What is set for this campaign; None: nobody is told."""
    row = session.get(PoolAlert, campaign_id)
    return None if row is None else AlertSetting(row.below, tuple(row.addresses), row.connection_id)


def mistakes(session: Session, wish: AlertSetting | None) -> Iterator[tuple[str, str]]:
    """(field of the form, sentence with the remedy) for what is wrong with it."""
    if wish is None:
        return
    if wish.below < 1:
        yield "alert_below", "Write a number of codes from 1 on, or leave it empty: then nobody is told."
    if not wish.addresses and wish.connection_id is None:
        yield "alert_addresses", "Say who is told: an address, a webhook, or both."
    if len(wish.addresses) > MOST_ADDRESSES:
        yield "alert_addresses", f"Take at most {MOST_ADDRESSES} addresses, or one of a group."
    for address in wish.addresses:
        try:
            addresses.email(address)
        except ValueError as wrong:
            yield "alert_addresses", str(wrong)
    if wish.connection_id is not None and not can_post(session.get(Connection, wish.connection_id)):
        yield "alert_connection_id", CANNOT_POST


def can_post(connection: Connection | None) -> bool:
    """Whether a webhook of ours can go through this connection."""
    if connection is None or connection.archived_at is not None:
        return False
    try:
        return webhook_mode(provider_of(connection)) is not None
    except Unusable:
        return False


def keep(session: Session, campaign_id: uuid.UUID, wish: AlertSetting | None, free: int) -> None:
    """Save it. `free`: how many codes there are, or soon will be: with fewer than it asks for it tells only after there were more."""
    if wish == setting(session, campaign_id):
        return
    row = session.get(PoolAlert, campaign_id)
    if wish is None:
        session.delete(row)
    else:
        row = row or PoolAlert(campaign_id=campaign_id)
        row.below, row.addresses, row.connection_id = wish.below, list(wish.addresses), wish.connection_id
        row.armed = free >= wish.below
        session.add(row)
    session.flush()


def in_words(session: Session, wish: AlertSetting) -> str:
    """`Below 100 codes ann@shop.example and 1 more get a mail, and a webhook is posted through “Shop”.`"""
    first, *more = wish.addresses or ("",)
    people = f"{first} and {len(more)} more get a mail" if more else f"{first} gets a mail" if first else ""
    connection = session.get(Connection, wish.connection_id) if wish.connection_id else None
    posted = f"a webhook is posted through “{connection.name}”" if connection else ""
    return f"Below {wish.below:,} codes {', and '.join(filter(None, (people, posted)))}."
