"""Can these be redeemed together, and what would they take off? Asked one after the other; the first no keeps all of them out."""

import datetime
import uuid
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.incentives.campaigns.kinds.catalogue import campaign_kind
from domain.incentives.ledger.redeemable import Standing, standing_in_shop
from domain.incentives.pricing.cart import Cart
from domain.incentives.pricing.take_off import take_off
from domain.incentives.redemptions import holds, on_its_way, rules
from domain.incentives.redemptions.asked import FoundRedeemable, Judged, RedemptionAsked, WhyNot
from domain.incentives.redemptions.basket import Basket, thing_of
from domain.incentives.rules.limit import segment_of
from domain.kernel import clock
from domain.tables.customers import Member
from domain.tables.incentives import Campaign, Tier, Voucher

NOT_IN_SEGMENT = WhyNot("customer_rules_violated", "customer is not in the segment", "It is for members of a segment.")
WHY = {
    Standing.WITHDRAWN: WhyNot("voucher_disabled", "voucher is disabled", "The code was withdrawn."),
    Standing.USED: WhyNot("quantity_exceeded", "quantity exceeded", "The code was used as often as it can be."),
    Standing.DISABLED: WhyNot("voucher_disabled", "voucher is disabled", "The code is switched off."),
    Standing.EXPIRED: WhyNot("voucher_expired", "voucher expired", "The code is no longer valid."),
    Standing.OFF: WhyNot("voucher_disabled", "voucher is disabled", "Its campaign is switched off."),
    Standing.NOT_YET: WhyNot("voucher_not_active", "voucher is not active yet", "Its campaign has not begun."),
    Standing.OUTSIDE: NOT_IN_SEGMENT,
}
"""How a code stands -> why it cannot be redeemed."""
HELD = WhyNot("quantity_exceeded", "quantity exceeded", "What is left of it is kept for another session.")
ON_ITS_WAY = WhyNot("voucher_disabled", "voucher is disabled", "The code is reserved for a customer who has not received it yet.")
OFF = WhyNot("promotion_inactive", "Inactive promotion", "The promotion is switched off.")
NOT_NOW = WhyNot("promotion_not_active_now", "Promotion is not active now", "The promotion has not begun, or is over.")


def judge(
    session: Session, asked: RedemptionAsked, redeemables: Sequence[FoundRedeemable], basket: Basket | None
) -> tuple[list[Judged], Cart | None]:
    """The answers in order, and the order as it would be paid. It changes nothing."""
    cart = basket.cart if basket else None
    stands = _standings(session, asked, redeemables)
    of = rules.of(session, redeemables)
    judged: list[Judged] = []
    for one in redeemables:
        if judged and not judged[-1].applies:
            judged.append(Judged(one, asked=False))
            continue
        why = _why_not(session, asked, one, stands)
        if why is None:
            campaign, thing = one.promised
            mine = [*of.get(campaign.id, ()), *of.get(thing.id, ())]
            why = rules.first_no(session, asked, one, mine, basket, cart)
        answer = Judged(one, why) if why else _applied(session, one, cart)
        cart = answer.taken.after if answer.taken else cart
        judged.append(answer)
    return judged, cart


def _applied(session: Session, one: FoundRedeemable, cart: Cart | None) -> Judged:
    campaign, thing = one.promised
    discount = thing.discount if isinstance(thing, Tier) else campaign_kind(campaign.kind).discount(campaign, thing)
    if cart is None or discount is None:
        return Judged(one, discount=discount)
    return Judged(one, discount=discount, taken=take_off(discount, cart, thing_of(session, discount)))


def _standings(session: Session, asked: RedemptionAsked, redeemables: Sequence[FoundRedeemable]) -> dict[uuid.UUID, WhyNot | None]:
    """Of each code, why it cannot be redeemed whatever rules say."""
    vouchers = [one.voucher for one in redeemables if one.voucher]
    if not vouchers:
        return {}
    ids, key = [one.id for one in vouchers], asked.hold.key if asked.hold else None
    query = select(Voucher.id, standing_in_shop(clock.now(session), asked.customer_id)).join(Campaign, Campaign.id == Voucher.campaign_id)
    found = {id: WHY.get(Standing(stands)) for id, stands in session.execute(query.where(Voucher.id.in_(ids)))}
    held = holds.held_by_others(session, ids, key)
    for one in redeemables:
        if one.voucher and one.campaign and found.get(one.voucher.id) is None:
            limit = one.campaign.redemption_limit
            if limit is not None and one.voucher.redeemed + held.get(one.voucher.id, 0) >= limit:
                found[one.voucher.id] = HELD
            elif not on_its_way.has_arrived(session, one.voucher, asked.customer_id):
                found[one.voucher.id] = ON_ITS_WAY
    return found


def _why_not(session: Session, asked: RedemptionAsked, one: FoundRedeemable, stands: dict[uuid.UUID, WhyNot | None]) -> WhyNot | None:
    if one.campaign is None:
        details = f"Cannot find {one.named.noun} with id {one.named.id[:100]}"
        return WhyNot("not_found", "Resource not found", details, code=404)
    if one.tier is not None:
        return _tier(session, asked, one.campaign, one.tier)
    assert one.voucher is not None
    why = stands[one.voucher.id]
    return replace(why, told=why.details) if why else None


def _tier(session: Session, asked: RedemptionAsked, campaign: Campaign, tier: Tier) -> WhyNot | None:
    if not (tier.active and campaign.active):
        return OFF
    if not is_open(tier, clock.now(session)) or not is_open(campaign, clock.now(session)):
        return NOT_NOW
    segment = segment_of(session, tier)
    if segment is None:
        return None
    return None if asked.customer_id and session.get(Member, (segment, asked.customer_id)) else NOT_IN_SEGMENT


def is_open(one: Tier | Campaign, now: datetime.datetime) -> bool:
    """Whether it has begun and is not over."""
    return (one.starts_at is None or one.starts_at <= now) and (one.ends_at is None or now < one.ends_at)
