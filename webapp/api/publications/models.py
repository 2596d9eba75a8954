"""What is sent and answered where a code is given?"""

from typing import Literal

from webapp.api.fields import ApiAnswer, ApiInput, Flag, Metadata, Word
from webapp.api.named import CampaignGiven, CustomerGiven
from webapp.api.shapes.customer import CustomerShape
from webapp.api.shapes.publication import PublicationShape
from webapp.api.shapes.voucher import CodeShape, VoucherShape


class PublicationWanted(ApiInput):
    """A code for a customer: any of `campaign`, or the one that `voucher` says. The same question always gets the same one."""

    campaign: CampaignGiven | None = None
    customer: CustomerGiven | None = None
    voucher: Word = None
    source_id: Word = None
    channel: Word = None
    metadata: Metadata | None = None
    join_once: Flag = None


class Given(PublicationShape[VoucherShape]):
    """The publication, with the whole code."""


class FallbackGiven(ApiAnswer):
    """The pool is dry, and the key declares a code that everybody may have: it is shown, and belongs to nobody."""

    object: Literal["publication"]
    result: Literal["SUCCESS"]
    fallback: Literal[True]
    customer: CustomerShape | None
    voucher: CodeShape
    vouchers_id: list[str]
