"""What is answered about redemptions? Everything that they name is fetched for all of them at once."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kernel.base import Prefix, outside
from domain.shop.orders.items import of_orders
from domain.tables.customers import Customer
from domain.tables.incentives import Campaign, Tier, Voucher
from domain.tables.redemptions import Redemption, Rollback
from domain.tables.shop import Order
from domain.workspace.api_keys.authorize import Caller
from webapp.api.shapes import order as orders
from webapp.api.shapes import redemption as shapes
from webapp.api.shapes.order import OrderShape
from webapp.api.shapes.redemption import RedemptionShape, Related, Short
from webapp.api.shapes.voucher import VoucherShape, moment, voucher


class Told:
    """What these redemptions name."""

    def __init__(self, session: Session, caller: Caller, rows: Sequence[Redemption]) -> None:
        self.customers = _by_id(session, Customer, {row.customer_id for row in rows})
        self.tiers = _by_id(session, Tier, {row.tier_id for row in rows})
        self.orders = _orders(session, {row.order_id for row in rows})
        self.vouchers = _vouchers(session, caller, {row.voucher_id for row in rows})
        backs = session.scalars(select(Rollback).where(Rollback.redemption_id.in_([row.id for row in rows]))).all()
        self.backs = {back.redemption_id: back for back in backs}

    def facts(self, one: Redemption) -> dict[str, Any]:
        """What a redemption and its rollback say alike."""
        who = self.customers.get(one.customer_id)
        return shapes.facts(
            one,
            who if who is not None and who.erased_at is None else None,
            self.orders.get(one.order_id),
            self.vouchers.get(one.voucher_id),
            self.tiers.get(one.tier_id),
        )

    def redemption(self, one: Redemption) -> RedemptionShape:
        """One of them."""
        back = self.backs.get(one.id)
        related = Related(rollbacks=[Short(id=outside(Prefix.ROLLBACK, back.id), date=moment(back.at))]) if back else None
        return shapes.redemption(one, self.facts(one), related)


def _by_id(session: Session, table: Any, ids: set[uuid.UUID | None]) -> dict[uuid.UUID | None, Any]:
    wanted = [id for id in ids if id]
    return {row.id: row for row in session.scalars(select(table).where(table.id.in_(wanted)))} if wanted else {}


def _orders(session: Session, ids: set[uuid.UUID | None]) -> dict[uuid.UUID | None, OrderShape]:
    rows = _by_id(session, Order, ids)
    items = of_orders(session, [id for id in rows if id])
    return {id: orders.order(row, items[row.id]) for id, row in rows.items()}


def _vouchers(session: Session, caller: Caller, ids: set[uuid.UUID | None]) -> dict[uuid.UUID | None, VoucherShape]:
    wanted = [id for id in ids if id]
    if not wanted:
        return {}
    query = select(Voucher, Campaign).join(Campaign, Campaign.id == Voucher.campaign_id).where(Voucher.id.in_(wanted))
    return {row.Voucher.id: voucher(row.Voucher, row.Campaign, caller.public_url) for row in session.execute(query)}
