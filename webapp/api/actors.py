"""Who did it, where a program calls? Its key."""

from domain.kernel.actor import Actor
from domain.workspace.api_keys.authorize import Caller


def actor(caller: Caller) -> Actor:
    """The key, as commands and the audit trail know it."""
    return Actor(f"key_{caller.id.hex}", caller.name)
