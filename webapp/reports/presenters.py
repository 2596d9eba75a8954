"""How is the story of a delivery drawn? An icon for each of its steps."""

STEP_ICONS = {
    "pending": "clock", "ready": "rotate-ccw", "accepted": "check", "refused": "x", "unsure": "circle-alert", "skipped": "x",
    "delivered": "check", "bounced": "triangle-alert", "complained": "triangle-alert", "opened": "mail", "clicked": "mail", "made": "clock",
    "again": "rotate-ccw", "prepared": "file-text",
}  # fmt: skip


def step_icon(step: str) -> str:
    """The icon of a step of the story."""
    return STEP_ICONS.get(step, "clock")
