"""What is in the pool, for the shop's own system: code, state, holder, link, expiry. Streamed, a batch a transaction."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from domain.incentives.codes.find import CodeFilter, codes
from domain.journal import audit
from domain.kernel import secrets
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.kernel.public_paths import QR
from domain.messages.compile import compile_part
from domain.messages.liquid.escaping import OutputContext
from domain.tables import workspace
from domain.tables.customers import Customer
from domain.tables.incentives import Campaign, CodeRemark, Voucher
from domain.tables.workspace import Project

BATCH = 5_000
COLUMNS = (
    "code", "state", "customer_id", "customer_source_id", "customer_name", "customer_email", "given_at", "expires_at", "redeemed",
    "redeemed_at", "shop_link", "qr_url", "withdrawn_because",
)  # fmt: skip
STATE = {"free": "free", "reserved": "on its way", "assigned": "given", "void": "withdrawn"}


def written(session: Session, actor: Actor, campaign: Campaign, asked: CodeFilter) -> None:
    """Write down that somebody takes the codes away."""
    filters = {"text": asked.text, "state": asked.state}
    audit.record(session, actor, "export codes", outside(Prefix.CAMPAIGN, campaign.id), campaign.name, after=filters)


def rows(session: Session, campaign_id: uuid.UUID, asked: CodeFilter) -> Iterator[list[Any]]:
    """The header and a row for each code. Ends its transaction after every batch: reading a million takes longer than one may last."""
    project = workspace.current_project(session)
    link, base = shop_link(project), workspace.public_url(project)
    session.commit()
    yield list(COLUMNS)
    after: uuid.UUID | None = None
    while True:
        batch = session.execute(_batch(session, campaign_id, asked, after)).all()
        for voucher, customer in batch:
            yield _row(voucher, customer, link, base)
        if len(batch) < BATCH:
            return
        after = batch[-1][0].id
        session.rollback()
        session.expunge_all()


def _batch(session: Session, campaign_id: uuid.UUID, asked: CodeFilter, after: uuid.UUID | None) -> Select[Voucher, Customer]:
    query = codes(session, campaign_id, asked).order_by(Voucher.id).limit(BATCH)
    return query.where(Voucher.id > after) if after else query


def shop_link(project: Project) -> Callable[[str], str]:
    """Code -> where it is redeemed, by the project's pattern; nothing where there is none."""
    if not project.shop_link:
        return lambda code: ""
    compiled = compile_part(project.shop_link, OutputContext.URL_PART, "shop")
    return lambda code: compiled.assemble(compiled.values({"voucher": {"code": code}}))


def qr_url(base: str, voucher_id: uuid.UUID) -> str:
    """Where the picture of this code is; the address cannot be guessed."""
    return QR.address(base, token=secrets.token("qr", voucher_id.hex), format="png")


def _row(voucher: Voucher, customer: Customer | None, link: Callable[[str], str], base: str) -> list[Any]:
    holder = customer if voucher.state == "assigned" else None
    return [
        voucher.code,
        STATE[voucher.state],
        outside(Prefix.CUSTOMER, holder.id) if holder else "",
        holder.source_id if holder else "",
        holder.name if holder else "",
        holder.email if holder else "",
        _iso(voucher.assigned_at),
        _iso(voucher.expires_at),
        voucher.redeemed,
        _iso(voucher.redeemed_at),
        link(voucher.code),
        qr_url(base, voucher.id),
        voucher.void_reason,
    ]


def _iso(moment: Any) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""


def remarks(session: Session, file_id: uuid.UUID) -> Iterator[list[Any]]:
    """What there was to say about the lines of an imported list, as rows."""
    yield ["line", "code", "left_out", "why"]
    after = 0
    while True:
        query = select(CodeRemark).where(CodeRemark.file_id == file_id, CodeRemark.line > after).order_by(CodeRemark.line).limit(BATCH)
        batch = session.scalars(query).all()
        for r in batch:
            yield [r.line, r.cell, "yes" if r.left_out else "no", r.words]
        if len(batch) < BATCH:
            return
        after = batch[-1].line
        session.expunge_all()
