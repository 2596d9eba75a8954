"""The web application's way out to providers: one for the process, guarded by what the settings allow."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import settings

if TYPE_CHECKING:
    from integrations.http import Http


@functools.cache
def http() -> Http:
    """What tests of connections and test messages are sent with."""
    from integrations.http import Deadlines, Http  # keeps an idle process small: it brings requests along

    now = settings.current()
    return Http(now.private_ranges, Deadlines(single=now.call_seconds, batch=now.batch_call_seconds))
