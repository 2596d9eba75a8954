"""A pool runs low: a setting of the campaign, listed here because people look for it here."""

from domain.triggers.contract import Category, SettledElsewhere

TRIGGER = SettledElsewhere(
    key="low_pool",
    label="Pool below a threshold",
    about="A setting of each campaign",
    category=Category.ORDERS,
    icon="ticket",
    leads_to="campaigns",
)
