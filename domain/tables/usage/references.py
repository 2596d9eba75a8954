"""Which distributions still need this? Nothing in use can be deleted; the names say where it is used."""

import uuid

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from domain.tables.distributions import FINAL, Distribution
from domain.tables.incentives import Campaign, PoolAlert


def using(session: Session, field: str, id: uuid.UUID) -> list[str]:
    """Names of unfinished distributions whose spec, or whose edit in progress, names `id` in `field` (`segment_id`, `tier_id`, …)."""
    found = or_(Distribution.spec[field].astext == str(id), Distribution.side_spec[field].astext == str(id))
    return list(session.scalars(select(Distribution.name).where(Distribution.status.not_in(FINAL), found).order_by(Distribution.name)))


def listening(session: Session, noun: str, id: uuid.UUID | None = None) -> list[str]:
    """Names of live distributions that wait for something to happen around a `noun` (`segment`, `campaign`): this one, or any."""
    about = Distribution.about_noun == noun if id is None else (Distribution.about_noun == noun) & (Distribution.about_id == id)
    return list(session.scalars(select(Distribution.name).where(Distribution.status == "live", about).order_by(Distribution.name_key)))


def using_segment(session: Session, id: uuid.UUID) -> list[str]:
    """Names of unfinished distributions that are about this segment."""
    return using(session, "segment_id", id)


def using_campaign(session: Session, id: uuid.UUID) -> list[str]:
    """Names of unfinished distributions that give its codes, or wait for their publication."""
    return sorted({*using(session, "campaign_id", id), *using(session, "trigger_campaign_id", id)})


def using_event(session: Session, id: uuid.UUID) -> list[str]:
    """Names of unfinished distributions that wait for this custom event."""
    return using(session, "event_schema_id", id)


def using_tier(session: Session, id: uuid.UUID) -> list[str]:
    """Names of unfinished distributions that tell about this promotion."""
    return using(session, "tier_id", id)


def _using_in_channels(session: Session, field: str, id: uuid.UUID) -> list[str]:
    wanted = {"channels": [{field: str(id)}]}
    found = or_(Distribution.spec.contains(wanted), Distribution.side_spec.contains(wanted))
    return list(session.scalars(select(Distribution.name).where(Distribution.status.not_in(FINAL), found).order_by(Distribution.name)))


def using_connection(session: Session, id: uuid.UUID) -> list[str]:
    """Names of unfinished distributions that send by this connection."""
    return _using_in_channels(session, "connection_id", id)


def telling_through(session: Session, connection_id: uuid.UUID) -> list[str]:
    """Names of campaigns that tell of a low pool through this connection."""
    query = select(Campaign.name).join(PoolAlert, PoolAlert.campaign_id == Campaign.id).where(PoolAlert.connection_id == connection_id)
    return list(session.scalars(query.order_by(Campaign.name_key)))


def using_permission(session: Session, id: uuid.UUID) -> list[str]:
    """Names of unfinished distributions that ask for this permission."""
    return _using_in_channels(session, "permission_id", id)


def in_words(names: list[str]) -> str:
    """`“A”, “B” and 3 more`; at least one name."""
    shown = [f"“{name}”" for name in names[:3]] + ([f"{len(names) - 3} more"] if len(names) > 3 else [])
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + " and " + shown[-1]
