"""What does somebody want of a campaign?"""

import datetime
import uuid
from dataclasses import dataclass, field
from typing import Any

from domain.incentives.pool_alerts.setting import AlertSetting


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
    settings: dict[str, Any] = field(default_factory=dict)
    """What only its kind asks, by the key of the kind's field."""
    details: dict[str, Any] = field(default_factory=dict)
    alert: AlertSetting | None = None
    """Who is told when its pool falls below a threshold."""
