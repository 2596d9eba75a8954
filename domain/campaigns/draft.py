"""What does somebody want of a campaign, and what is wrong with it? Mistakes are told by field, with the remedy."""

import datetime
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from babel.numbers import is_currency
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.base import folded
from domain.campaigns import discount, pattern
from domain.campaigns.models import Campaign
from domain.campaigns.pattern import PLACEHOLDER
from domain.segments.models import Segment

SPARE = 1_000
"""Possible codes for each one made: below, whoever tries a thousand codes finds one."""
GOOD_BITS = 40.0
"""Below this many random bits we say that codes are easy to guess; it is advice, not a rule."""
LONGEST_CODE = 64
MOST_CODES = 5_000_000
_PLAIN = re.compile(r"[A-Za-z0-9_\-.]*")


@dataclass(frozen=True)
class Draft:
    """A campaign as a person fills it in."""

    name: str
    discount: dict[str, Any] | None
    currency: str
    description: str = ""
    kind: str = "discount"
    starts_at: datetime.datetime | None = None
    ends_at: datetime.datetime | None = None
    valid_days: int | None = None
    pattern: str = ""
    """Empty: the codes come from somewhere else and are imported."""
    charset: str = ""
    count: int = 0
    auto_update: bool = False
    redemption_limit: int | None = 1
    join_once: bool = True
    segment_id: uuid.UUID | None = None
    details: dict[str, Any] = field(default_factory=dict)


def mistakes(session: Session, draft: Draft, campaign: Campaign | None = None) -> dict[str, str]:
    """Field -> what is wrong; empty where the draft can be saved. `campaign` is the one being edited."""
    found = dict(_about(session, draft, campaign))
    if draft.kind != "promotion":
        found |= dict(_codes(draft))
    return found


def _about(session: Session, draft: Draft, campaign: Campaign | None) -> Iterator[tuple[str, str]]:
    if not draft.name.strip():
        yield "name", "Give the campaign a name; only your team sees it."
    else:
        taken = session.scalars(select(Campaign.id).where(Campaign.name_key == folded(draft.name))).one_or_none()
        if taken is not None and (campaign is None or taken != campaign.id):
            yield "name", f"There is a campaign called “{draft.name.strip()}” already. Names differ in more than capitals and spaces."
    if not is_currency(draft.currency):
        yield "currency", f"“{draft.currency}” is not a currency. Write three letters such as EUR."
    if draft.kind == "discount" and (wrong := discount.mistake(draft.discount)):
        yield wrong
    if draft.starts_at and draft.ends_at and draft.ends_at <= draft.starts_at:
        yield "ends_at", "The end lies before the start. Choose a later end, or none."
    if draft.segment_id is not None and session.get(Segment, draft.segment_id) is None:
        yield "segment_id", "This segment was deleted. Choose another one, or none."


def _codes(draft: Draft) -> Iterator[tuple[str, str]]:
    if draft.valid_days is not None and draft.valid_days < 1:
        yield "valid_days", "A code is valid for at least one day. Leave it empty to let codes end with the campaign."
    if draft.redemption_limit is not None and draft.redemption_limit < 1:
        yield "redemption_limit", "A code can be redeemed at least once. Leave it empty for no limit."
    if not 0 <= draft.count <= MOST_CODES:
        yield "count", f"Ask for at most {MOST_CODES:,} codes; more can be added afterwards."
    if not draft.pattern:
        if draft.auto_update:
            yield "auto_update", "Imported codes have no pattern, so no further ones can be made. Switch this off, or make the codes here."
        return
    yield from look(draft.pattern, draft.charset, draft.count)


def look(code_pattern: str, charset: str, count: int) -> Iterator[tuple[str, str]]:
    """What is wrong with the look of codes, as (field, words), where there shall be `count` of them."""
    if not _PLAIN.fullmatch(code_pattern.replace(PLACEHOLDER, "")):
        yield "pattern", "Codes may have letters, digits, - _ and . only, so that they survive in links and on paper."
    if not charset or not _PLAIN.fullmatch(charset):
        yield "charset", "Choose which characters are drawn: letters, digits, - _ and . are possible."
    elif len({c.lower() for c in charset}) < 2:
        yield "charset", "Offer at least two characters to draw from."
    elif len(code_pattern) > LONGEST_CODE:
        yield "length", f"Codes have at most {LONGEST_CODE} characters; these would have {len(code_pattern)}."
    elif pattern.possible(code_pattern, charset) < max(count, 1) * SPARE:
        needed = pattern.places_needed(charset, max(count, 1), SPARE)
        has = pattern.random_places(code_pattern)
        yield (
            "length",
            f"For {count:,} codes at least {needed} random characters are needed, so that nobody finds one by trying; there "
            f"{'is' if has == 1 else 'are'} {has}.",
        )


def advice(code_pattern: str, charset: str, count: int) -> str:
    """How hard such a code is to guess, in one sentence."""
    possible = pattern.possible(code_pattern, charset)
    if possible < 2 or next(look(code_pattern, charset, count), None):
        return ""
    odds = possible // max(count, 1)
    if pattern.bits(code_pattern, charset) < GOOD_BITS:
        safer = pattern.places_needed(charset, 1, int(2**GOOD_BITS))
        return f"One try in {odds:,} hits a code. {safer} random characters would make guessing hopeless."
    return f"{_many(possible)} codes are possible; guessing one is hopeless."


def _many(number: int) -> str:
    for size, word in ((10**18, "quintillion"), (10**15, "quadrillion"), (10**12, "trillion")):
        if number >= size:
            return f"{number // size:,} {word}" if number < size * 1000 else f"More than {number // size // 1000 * 1000:,} {word}"
    return f"{number:,}"
