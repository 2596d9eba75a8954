"""What is in the pool, for the shop's own system: code, state, holder, link, expiry. Streamed, a batch a transaction."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Row, Text, case, cast, func, select
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
    made = maker(session)
    session.commit()
    yield list(COLUMNS)
    after: uuid.UUID | None = None
    while True:
        batch, after = next_rows(session, campaign_id, asked, after, made)
        yield from batch
        if after is None:
            return
        session.rollback()


def next_rows(
    session: Session, campaign_id: uuid.UUID, asked: CodeFilter, after: uuid.UUID | None, made: "RowMaker"
) -> tuple[list[list[Any]], uuid.UUID | None]:
    """The rows of the codes behind `after`, and behind which to go on (None: these were the last)."""
    query = codes(session, campaign_id, asked).with_only_columns(*_READ).order_by(Voucher.id).limit(BATCH)
    found = session.execute(query.where(Voucher.id > after) if after else query).all()
    return [made(row) for row in found], found[-1][0] if len(found) == BATCH else None


RowMaker = Callable[[Row[*tuple[Any, ...]]], list[Any]]
_HELD = Voucher.state == "assigned"
_HELD = Voucher.state == "assigned"


def _hex(id: Any) -> ColumnElement[str]:
    return func.replace(cast(id, Text), "-", "")


def _iso(moment: Any) -> ColumnElement[str]:
    return func.coalesce(func.to_char(func.timezone("UTC", moment), 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), "")


def _held(fact: Any) -> ColumnElement[str]:
    """A fact of the holder; nothing of one who may get it yet."""
    return func.coalesce(case((_HELD, fact)), "")


# As texts: making objects of rows, ids and moments would cost more than all the rest.
_READ = (
    Voucher.id,
    _hex(Voucher.id),
    Voucher.code,
    case(STATE, value=Voucher.state),
    _held(f"{Prefix.CUSTOMER}_" + _hex(Customer.id)),
    *(_held(fact) for fact in (Customer.source_id, Customer.name, Customer.email)),
    _iso(Voucher.assigned_at),
    _iso(Voucher.expires_at),
    Voucher.redeemed,
    _iso(Voucher.redeemed_at),
    Voucher.void_reason,
)


def maker(session: Session) -> RowMaker:
    """What makes the row of a code, by the project's settings of now."""
    project = workspace.current_project(session)
    link, token, base = shop_link(project), secrets.tokens("qr"), workspace.public_url(project)

    before, after = QR.address(base, token="\0", format="png").split("\0")  # noqa: S106 - no secret, but where the address is parted

    def made(row: Row[*tuple[Any, ...]]) -> list[Any]:
        _, hex, code, *facts, void = row
        return [code, *facts, link(code), before + token(hex) + after, void]

    return made


def shop_link(project: Project) -> Callable[[str], str]:
    """Code -> where it is redeemed, by the project's pattern; nothing where there is none."""
    if not project.shop_link:
        return lambda code: ""
    compiled = compile_part(project.shop_link, OutputContext.URL_PART, "shop")
    return lambda code: compiled.assemble(compiled.values({"voucher": {"code": code}}))


def qr_url(base: str, voucher_id: uuid.UUID) -> str:
    """Where the picture of this code is; the address cannot be guessed."""
    return QR.address(base, token=secrets.token("qr", voucher_id.hex), format="png")


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
