"""What holds for each code of a campaign: how long, how often, what it looks like? Asked by every kind that has codes."""

from collections.abc import Iterator, Sequence

from domain.incentives.campaigns.draft import Draft
from domain.incentives.codes.pattern import MOST_CODES, problems
from domain.tables.incentives import Campaign


def mistakes(draft: Draft) -> Iterator[tuple[str, str]]:
    """(field, sentence) for what is wrong with it."""
    if draft.valid_days is not None and draft.valid_days < 1:
        yield "valid_days", "A code is valid for at least one day. Leave it empty to let codes end with the campaign."
    if draft.redemption_limit is not None and draft.redemption_limit < 1:
        yield "redemption_limit", "A code can be redeemed at least once. Leave it empty for no limit."
    if not 0 <= draft.count <= MOST_CODES:
        yield "count", f"Ask for at most {MOST_CODES:,} codes; more can be added afterwards."
    if draft.pattern:
        yield from problems(draft.pattern, draft.charset, draft.count)
    elif draft.auto_update:
        yield "auto_update", "Imported codes have no pattern, so no further ones can be made. Switch this off, or make the codes here."


def phrases(campaign: Campaign) -> Sequence[str]:
    """`one code per customer`, `each used 3 times`, `valid 30 days once given`, as far as they hold."""
    found = ["one code per customer"] if campaign.join_once else []
    if campaign.redemption_limit != 1:
        found.append(f"each used {campaign.redemption_limit} times" if campaign.redemption_limit else "each used any number of times")
    if campaign.valid_days:
        found.append(f"valid {campaign.valid_days} {'day' if campaign.valid_days == 1 else 'days'} once given")
    return found
