"""Which codes and promotions are meant? Found for all names at once; for a redemption they are locked in the order of their ids."""

import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from domain.incentives.redemptions.asked import FoundRedeemable, NamedRedeemable
from domain.kernel.base import Prefix, inside
from domain.kernel.text.folding import fold
from domain.tables.incentives import Campaign, Tier, Voucher


def found(session: Session, named: Sequence[NamedRedeemable], campaigns: frozenset[uuid.UUID] = frozenset()) -> list[FoundRedeemable]:
    """What is meant, in order, among what may be seen (`campaigns`; empty: all)."""
    vouchers, tiers = _vouchers(session, [one.id for one in named if one.noun == "voucher"]), _tiers(session, named)
    ids = {one.campaign_id for one in vouchers.values()} | {one.campaign_id for one in tiers.values()}
    known = {id for id in ids if not campaigns or id in campaigns}
    asked = select(Campaign).where(Campaign.id.in_(known))
    of = {campaign.id: campaign for campaign in session.scalars(asked)} if known else {}
    return [_redeemable(one, vouchers.get(one.id), tiers.get(one.id), of) for one in named]


def _redeemable(named: NamedRedeemable, voucher: Voucher | None, tier: Tier | None, of: dict[uuid.UUID, Campaign]) -> FoundRedeemable:
    one = (voucher if named.noun == "voucher" else None) or (tier if named.noun == "promotion_tier" else None)
    campaign = of.get(one.campaign_id) if one else None
    if campaign is None:
        return FoundRedeemable(named)
    return FoundRedeemable(named, campaign, one if isinstance(one, Voucher) else None, one if isinstance(one, Tier) else None)


def _vouchers(session: Session, texts: Sequence[str]) -> dict[str, Voucher]:
    """By what was written: a code whatever its case, or an id."""
    if not texts:
        return {}
    keys, ids = {fold(text) for text in texts}, {id for text in texts if (id := inside(Prefix.VOUCHER, text))}
    rows = session.scalars(select(Voucher).where(or_(Voucher.code_key.in_(keys), Voucher.id.in_(ids)))).all()
    by_key, by_id = {row.code_key: row for row in rows}, {row.id: row for row in rows}
    meant = {text: by_key.get(fold(text)) or by_id.get(inside(Prefix.VOUCHER, text) or uuid.UUID(int=0)) for text in texts}
    return {text: row for text, row in meant.items() if row is not None}


def _tiers(session: Session, named: Sequence[NamedRedeemable]) -> dict[str, Tier]:
    ids = {one.id: inside(Prefix.TIER, one.id) for one in named if one.noun == "promotion_tier"}
    wanted = [id for id in ids.values() if id]
    rows = {row.id: row for row in session.scalars(select(Tier).where(Tier.id.in_(wanted)))} if wanted else {}
    return {text: rows[id] for text, id in ids.items() if id in rows}


def lock(session: Session, redeemables: Iterable[FoundRedeemable]) -> None:
    """Lock the codes, so that how often each was used stays as it is until the commit."""
    ids = sorted({one.voucher.id for one in redeemables if one.voucher})
    if ids:
        query = select(Voucher).where(Voucher.id.in_(ids)).order_by(Voucher.id).with_for_update(key_share=True)
        session.scalars(query.execution_options(populate_existing=True)).all()
