"""Which kinds of campaigns are there? Every module of this room but the contract and this one, found by looking."""

import functools
import importlib
import pkgutil

from domain.incentives.campaigns import kinds as room
from domain.incentives.campaigns.kinds.contract import CampaignKind, KindWords

_NO_KINDS = {"contract", "catalogue"}


@functools.cache
def campaign_kinds() -> tuple[CampaignKind, ...]:
    """Every kind, in the order in which people meet them."""
    keys = [module.name for module in pkgutil.iter_modules(room.__path__) if module.name not in _NO_KINDS]
    found: list[CampaignKind] = [importlib.import_module(f"{room.__name__}.{key}").KIND for key in keys]
    return tuple(sorted(found, key=lambda kind: kind.position))


def campaign_kind(key: str) -> CampaignKind:
    """The kind stored as `key`. Where its module is not here, one that says so: only campaigns of that kind stand still."""
    return _by_key().get(key) or _missing(key)


@functools.cache
def _by_key() -> dict[str, CampaignKind]:
    return {kind.key: kind for kind in campaign_kinds()}


def _missing(key: str) -> CampaignKind:
    said = f"of a kind called “{key}” that this installation does not have"
    return CampaignKind(
        key=key,
        label="Unknown kind",
        about="",
        icon="circle-alert",
        position=0,
        words=KindWords(new="", make=""),
        example={},
        no_codes=f"is {said}.",
        mistakes=lambda session, draft: [("", f"This campaign is {said}. Install its module to change it.")],
        phrases=lambda campaign: [said],
        kept_by=lambda session, campaign: f"It is {said}, so nobody knows what belongs to it. Install its module first.",
        missing=True,
    )


def keys_with_codes() -> list[str]:
    """The keys of kinds that give codes, for queries."""
    return [kind.key for kind in campaign_kinds() if kind.has_codes]


def keys_with_pool() -> list[str]:
    """The keys of kinds whose codes are made ahead of time and can run out, for queries."""
    return [kind.key for kind in campaign_kinds() if kind.has_codes and kind.has_pool]


def keys_of_voucher_type(asked: str) -> list[str]:
    """The keys of kinds whose codes the API calls so: `DISCOUNT_VOUCHER`, or `discount` for short."""
    wanted = asked.lower()
    return [kind.key for kind in campaign_kinds() if wanted in {kind.voucher_type.lower(), kind.voucher_type.lower().split("_")[0]} - {""}]


def forget() -> None:
    """Look again at the next question; for tests that put a kind beside the others."""
    campaign_kinds.cache_clear()
    _by_key.cache_clear()
