"""The web application's way out to providers: one for the process, guarded by what the settings allow."""

import functools

import settings
from integrations.http import Http


@functools.cache
def http() -> Http:
    """What tests of connections and test messages are sent with."""
    return Http(settings.current().private_ranges)
