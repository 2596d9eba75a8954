"""All tables in one place, for migrations and for the check that models and migrations agree."""

from domain.kernel import clock, leadership
from domain.kernel.base import Base
from domain.tables import (
    connections,
    customers,
    distributions,
    imports,
    incentives,
    journal,
    redemptions,
    sending,
    shop,
    workspace,
)

MODULES = (
    clock,
    leadership,
    connections,
    customers,
    distributions,
    imports,
    incentives,
    journal,
    redemptions,
    sending,
    shop,
    workspace,
)

metadata = Base.metadata
