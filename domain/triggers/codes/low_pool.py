"""A pool runs low: a setting of the campaign, listed here because people look for it here. It makes no recipients."""

from domain.triggers.contract import Category, SettledElsewhere

TRIGGER = SettledElsewhere(
    key="low_pool",
    label="Pool below a threshold",
    about="A setting of each campaign: who of your team is told",
    category=Category.CODES,
    icon="triangle-alert",
    leads_to="campaigns",
)
