"""What does a campaign that was sent mean? As a draft, on top of what it is already."""

import dataclasses
import datetime
import re
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.customers.profiles import metadata
from domain.incentives.campaigns.draft import Draft
from domain.incentives.campaigns.kinds.catalogue import campaign_kinds
from domain.incentives.codes.pattern import UNAMBIGUOUS
from domain.incentives.pool_alerts import setting
from domain.kernel.errors import Refused
from domain.tables.incentives import Campaign
from domain.tables.workspace import Project
from webapp.api.campaigns.models import CampaignGiven, CodeConfig, DiscountGiven
from webapp.api.door.errors import Refusal, wrong
from webapp.api.filters import moment

PATTERN = "########"
LONGEST_CODE = 100
DURATION = "activity_duration_after_publishing"
NAMES = {"starts_at": "start_date", "ends_at": "expiration_date", "valid_days": DURATION, "count": "vouchers_count"}
"""Field of the form -> the reference's name of it; the rest of the voucher's stand under `voucher`."""
INSIDE = {"pattern": "voucher.code_config.pattern", "charset": "voucher.code_config.charset"}
WORTH = frozenset({"discount_type", "percent", "amount", "units", "unit_of"})


def new(session: Session, given: CampaignGiven) -> Draft:
    """A draft of a new campaign. Raises Refusal."""
    types = {kind.campaign_type: kind for kind in campaign_kinds() if kind.campaign_type}
    asked = (given.campaign_type or "DISCOUNT_COUPONS").upper()
    if asked not in types:
        raise wrong("invalid_payload", f"campaign_type may be {', '.join(types)}.")
    kind = types[asked]
    currency = session.scalar(select(Project.currency)) or "EUR"
    start = Draft("", None, currency, kind=kind.key, join_once=False)
    if kind.has_codes:
        start = dataclasses.replace(start, pattern=PATTERN, charset=UNAMBIGUOUS)
    return changed(session, start, given)


def of(session: Session, one: Campaign) -> Draft:
    """What a campaign is now, as a draft."""
    same = {field.name: getattr(one, field.name) for field in dataclasses.fields(Draft) if hasattr(one, field.name)}
    return Draft(**same, alert=setting.setting(session, one.id))


def changed(session: Session, draft: Draft, given: CampaignGiven) -> Draft:
    """The draft with what is said now; what is left out stays. Raises Refusal."""
    sent = given.model_fields_set
    told: dict[str, Any] = {name: getattr(given, name) for name in ("name", "join_once") if getattr(given, name) is not None}
    if "description" in sent:
        told["description"] = given.description or ""
    for name, field in (("start_date", "starts_at"), ("expiration_date", "ends_at")):
        if name in sent:
            told[field] = _moment(name, getattr(given, name))
    if DURATION in sent:
        told["valid_days"] = _days(given.activity_duration_after_publishing)
    if given.type:
        told["auto_update"] = _is_open(given.type)
    if given.vouchers_count is not None:
        told["count"] = given.vouchers_count
    if given.metadata is not None:
        told["details"] = _details(session, draft.details, given.metadata)
    return dataclasses.replace(draft, **told | _of_codes(given))


def _of_codes(given: CampaignGiven) -> dict[str, Any]:
    told: dict[str, Any] = {}
    voucher = given.voucher
    if worth := given.discount or (voucher.discount if voucher else None):
        told["discount"] = _discount(worth)
    if voucher and voucher.redemption and "quantity" in voucher.redemption.model_fields_set:
        told["redemption_limit"] = voucher.redemption.quantity
    if voucher and voucher.code_config:
        told |= _look(voucher.code_config)
    return told


def _look(config: CodeConfig) -> dict[str, Any]:
    if config.length is not None and not 1 <= config.length <= LONGEST_CODE:
        raise wrong("invalid_payload", f"voucher.code_config.length is a whole number, 1 to {LONGEST_CODE}.")
    told: dict[str, Any] = {"charset": config.charset} if config.charset else {}
    if config.pattern or config.length or config.prefix or config.postfix:
        middle = config.pattern or "#" * (config.length or len(PATTERN))
        told["pattern"] = f"{config.prefix or ''}{middle}{config.postfix or ''}"
    return told


def _discount(given: DiscountGiven) -> dict[str, Any]:
    match (given.type or "").upper():
        case "PERCENT":
            return {"type": "percent", "percent": _plain(given.percent_off, "percent_off")}
        case "AMOUNT":
            return {"type": "amount", "minor": _whole(given.amount_off, "amount_off")}
        case "FIXED":
            return {"type": "fixed", "minor": _whole(given.fixed_amount, "fixed_amount")}
        case "UNIT":
            return {"type": "unit", "units": _whole(given.unit_off, "unit_off"), "of": given.unit_type or ""}
        case _:
            raise wrong("invalid_payload", "voucher.discount.type may be PERCENT, AMOUNT, FIXED or UNIT.")


def _plain(value: float | None, name: str) -> int | float:
    if value is None or not 0 <= value <= 10**12:
        raise wrong("invalid_payload", f"voucher.discount.{name} is a number, not below 0.")
    return int(value) if value == int(value) else value


def _whole(value: float | None, name: str) -> int:
    found = _plain(value, name)
    if not isinstance(found, int):
        raise wrong("invalid_payload", f"voucher.discount.{name} is a whole number.")
    return found


def _moment(name: str, text: str | None) -> datetime.datetime | None:
    try:
        return moment(text) if text else None
    except ValueError as why:
        raise wrong("invalid_payload", f"{name} {why}.") from why


def _days(text: str | None) -> int | None:
    if not text:
        return None
    if not (found := re.fullmatch(r"P([0-9]{1,4})D", text)):
        raise wrong("invalid_payload", "activity_duration_after_publishing is a number of days, such as P24D.")
    return int(found[1])


def _is_open(text: str) -> bool:
    if text.upper() not in {"AUTO_UPDATE", "STATIC"}:
        raise wrong("invalid_payload", "type may be AUTO_UPDATE or STATIC.")
    return text.upper() == "AUTO_UPDATE"


def _details(session: Session, before: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    try:
        now = before | dict.fromkeys(given) | metadata.checked(session, given, "campaign")
    except Refused as why:
        raise wrong("metadata_validation_failed", "; ".join(f"metadata.{key}: {words}" for key, words in why.mistakes.items())) from why
    return {key: value for key, value in now.items() if value is not None}


def refusal(why: Refused) -> Refusal:
    """What is wrong, by the names that programs use."""
    told = [f"{_name(field)}: {words}" if field else words for field, words in why.mistakes.items()]
    return wrong("invalid_payload", "; ".join(told))


def _name(field: str) -> str:
    return "voucher.discount" if field in WORTH else INSIDE.get(field) or NAMES.get(field, field)
