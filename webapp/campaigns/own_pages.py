"""Which pages has one kind of campaign for itself? `webapp/campaigns/kinds/<key>.py` says it, where there is one."""

import functools
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, url_for

from domain.incentives.campaigns.kinds.catalogue import campaign_kind
from domain.tables.incentives import Campaign
from webapp.campaigns import kinds as room


def first_page(campaign: Campaign) -> str:
    """Its page; or where codes are imported, if they come from elsewhere."""
    imports = campaign_kind(campaign.kind).has_pool and not campaign.pattern
    return url_for("campaigns.import_codes" if imports else "campaigns.detail", id=campaign.id)


def no_cells(campaign: Campaign) -> Any:
    """The list needs nothing of its own."""
    return None


@dataclass(frozen=True)
class OwnPages:
    """What the shared pages leave to a kind; each has what campaigns with a pool of codes need."""

    detail: Callable[[Campaign, dict[str, Any]], Response] | None = None
    """Its page, given the values of its head: `campaign`, `about`, `state`, `kept`. None: the figures of its pool, and its codes."""
    cells: Callable[[Campaign], Any] = no_cells
    """What the macro `cells` of its template shows in the list in place of the pool."""
    after_making: Callable[[Campaign], str] = first_page
    """Where somebody goes who has just made one."""


@functools.cache
def own_pages(key: str) -> OwnPages:
    """The pages of this kind."""
    if key not in {module.name for module in pkgutil.iter_modules(room.__path__)}:
        return OwnPages()
    found: OwnPages = importlib.import_module(f"{room.__name__}.{key}").PAGES
    return found
