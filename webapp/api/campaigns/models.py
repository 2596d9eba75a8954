"""What is sent of a campaign, and what is answered?"""

from typing import Any, Literal

from domain.incentives.campaigns.kinds.catalogue import campaign_kind
from domain.incentives.codes.pool import Pool
from domain.kernel.base import Prefix, outside
from domain.tables.incentives import Campaign
from webapp.api.fields import ApiAnswer, ApiInput, Count, Flag, Metadata, Number, Word
from webapp.api.shapes.voucher import Discount, moment, worth

GENERATION = {"running": "IN_PROGRESS", "done": "DONE", "failed": "FAILED"}


class DiscountGiven(ApiInput):
    """What a code is worth; amounts in minor units."""

    type: Word = None
    percent_off: Number = None
    amount_off: Number = None
    fixed_amount: Number = None
    unit_off: Number = None
    unit_type: Word = None


class CodeConfig(ApiInput):
    """What codes look like: a `pattern` with a # for each random character, or `prefix`, `length` and `postfix`."""

    pattern: Word = None
    charset: Word = None
    length: Count = None
    prefix: Word = None
    postfix: Word = None


class RedemptionLimitGiven(ApiInput):
    """How often a code can be used; null: without limit."""

    quantity: Count = None


class VoucherGiven(ApiInput):
    """What is so of every code."""

    discount: DiscountGiven | None = None
    code_config: CodeConfig | None = None
    redemption: RedemptionLimitGiven | None = None


class CampaignGiven(ApiInput):
    """A campaign: what is left out stays as it is, or has its default."""

    name: Word = None
    description: Word = None
    campaign_type: Word = None
    type: Word = None
    join_once: Flag = None
    start_date: Word = None
    expiration_date: Word = None
    activity_duration_after_publishing: Word = None
    vouchers_count: Count = None
    voucher: VoucherGiven | None = None
    discount: DiscountGiven | None = None
    metadata: Metadata | None = None


class CodeLook(ApiAnswer):
    """What codes look like."""

    charset: str
    pattern: str


class Quantity(ApiAnswer):
    """How often a code can be used; null: without limit."""

    quantity: int | None


class CampaignVoucher(ApiAnswer):
    """What is so of every code."""

    type: str
    discount: Discount | None
    redemption: Quantity
    code_config: CodeLook
    is_referral_code: bool


class CampaignShape(ApiAnswer):
    """A campaign."""

    id: str
    name: str
    description: str | None
    campaign_type: str
    type: Literal["AUTO_UPDATE", "STATIC"]
    voucher: CampaignVoucher | None
    auto_join: bool
    join_once: bool
    use_voucher_metadata_schema: bool
    activity_duration_after_publishing: str | None
    vouchers_count: int
    start_date: str | None
    expiration_date: str | None
    active: bool
    metadata: dict[str, Any]
    created_at: str | None
    updated_at: str | None
    creation_status: str
    vouchers_generation_status: str
    protected: bool
    category_id: None
    categories: list[str]
    object: Literal["campaign"]


class CampaignList(ApiAnswer):
    """A page of campaigns."""

    object: Literal["list"]
    data_ref: Literal["campaigns"]
    campaigns: list[CampaignShape]
    total: int


def shape(one: Campaign, codes: Pool) -> CampaignShape:
    """A campaign as it is answered."""
    kind = campaign_kind(one.kind)
    return CampaignShape(
        id=outside(Prefix.CAMPAIGN, one.id),
        name=one.name,
        description=one.description or None,
        campaign_type=kind.campaign_type,
        type="AUTO_UPDATE" if one.auto_update else "STATIC",
        voucher=_voucher(one) if kind.has_codes else None,
        auto_join=False,
        join_once=one.join_once,
        use_voucher_metadata_schema=False,
        activity_duration_after_publishing=f"P{one.valid_days}D" if one.valid_days else None,
        vouchers_count=codes.total,
        start_date=moment(one.starts_at),
        expiration_date=moment(one.ends_at),
        active=one.active,
        metadata=one.details,
        created_at=moment(one.created_at),
        updated_at=moment(one.updated_at),
        creation_status=GENERATION[one.generation],
        vouchers_generation_status=GENERATION[one.generation],
        protected=False,
        category_id=None,
        categories=[],
        object="campaign",
    )


def _voucher(one: Campaign) -> CampaignVoucher:
    return CampaignVoucher(
        type=campaign_kind(one.kind).voucher_type,
        discount=worth(one)["discount"],
        redemption=Quantity(quantity=one.redemption_limit),
        code_config=CodeLook(charset=one.charset, pattern=one.pattern),
        is_referral_code=False,
    )
