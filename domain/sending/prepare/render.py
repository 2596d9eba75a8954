"""What does each message of a batch say? Whoever's cannot be made is left out; a template that fails for one after the other stops all.

One customer with odd data loses one message. The same for `MOST_IN_A_ROW` people is a mistake of the template: nobody else is left out
for it, the distribution pauses, and they get their message once it is put right.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.distributions.audience.reasons import MESSAGE_FAILED
from domain.messages.liquid.places import TemplateError
from domain.sending.prepare.recipe import ReadyChannel, ServedVersion, VersionBroken

MOST_IN_A_ROW = 20
_BEFORE = text("""
    SELECT reason FROM deliveries
    WHERE distribution_id = :distribution AND channel = :channel AND version = :version AND ready_at IS NOT NULL
    ORDER BY id DESC LIMIT :most
""")


def rendered(
    session: Session, about: ServedVersion, way: ReadyChannel, known: Mapping[uuid.UUID, Mapping[str, Any]]
) -> tuple[dict[uuid.UUID, dict[str, str]], dict[uuid.UUID, str]]:
    """The slots of each recipient, and the reason of each whose message failed. Raises VersionBroken with the template's mistake."""
    slots: dict[uuid.UUID, dict[str, str]] = {}
    failed: dict[uuid.UUID, str] = {}
    in_a_row, before = 0, None
    for recipient, values in known.items():
        try:
            slots[recipient] = way.message.values(values)
            in_a_row, before = 0, 0
        except TemplateError as wrong:
            failed[recipient] = f"{MESSAGE_FAILED}{wrong}"
            in_a_row += 1
            if before is None:
                before = _failed_before(session, about, way)
            if in_a_row + before >= MOST_IN_A_ROW:
                raise VersionBroken(f"The message failed for {MOST_IN_A_ROW} people in a row. {wrong}") from wrong
    return slots, failed


def _failed_before(session: Session, about: ServedVersion, way: ReadyChannel) -> int:
    """How many of the last messages of this channel failed, up to the first that did not."""
    asked = {"distribution": about.distribution_id, "channel": way.key, "version": about.version, "most": MOST_IN_A_ROW}
    reasons = [row.reason for row in session.execute(_BEFORE, asked)]
    return next((n for n, reason in enumerate(reasons) if not reason.startswith(MESSAGE_FAILED)), len(reasons))
