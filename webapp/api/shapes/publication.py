"""What does a publication look like?"""

from typing import Any, Generic, Literal, TypeVar

from domain.kernel.base import Prefix, outside
from domain.tables.customers import Customer
from domain.tables.incentives import Publication
from webapp.api.fields import ApiAnswer
from webapp.api.shapes.customer import CustomerShape, customer
from webapp.api.shapes.voucher import CodeShape, VoucherShape, moment

Code = TypeVar("Code", bound=CodeShape | VoucherShape)


class PublicationShape(ApiAnswer, Generic[Code]):
    """That a code was given to a customer."""

    id: str
    object: Literal["publication"]
    created_at: str | None
    customer_id: str
    tracking_id: str | None
    metadata: dict[str, Any]
    channel: str
    source_id: str | None
    result: Literal["SUCCESS"]
    customer: CustomerShape
    voucher: Code
    vouchers_id: list[str]


def facts(one: Publication, who: Customer, channel: str) -> dict[str, Any]:
    """Everything a publication says but for the code."""
    return {
        "id": outside(Prefix.PUBLICATION, one.id),
        "object": "publication",
        "created_at": moment(one.created_at),
        "customer_id": outside(Prefix.CUSTOMER, who.id),
        "tracking_id": who.source_id,
        "metadata": one.details,
        "channel": channel,
        "source_id": one.source_id,
        "result": "SUCCESS",
        "customer": customer(who),
        "vouchers_id": [outside(Prefix.VOUCHER, one.voucher_id)],
    }
