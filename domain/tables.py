"""All tables in one place, for migrations and for the check that models and migrations agree."""

from domain import clock, turns
from domain.api_keys import models as api_keys
from domain.base import Base
from domain.campaigns import models as campaigns
from domain.connections import models as connections
from domain.consents import models as consents
from domain.customers import models as customers
from domain.deliveries import models as deliveries
from domain.distributions import models as distributions
from domain.events import models as events
from domain.glance import models as glance
from domain.jobs import models as jobs
from domain.people import models as people
from domain.project import models as project
from domain.promotions import models as promotions
from domain.publications import models as publications
from domain.rules import models as rules
from domain.segments import models as segments

MODULES = (
    api_keys, campaigns, clock, connections, consents, customers, deliveries, distributions, events, glance, jobs, people, project,
    promotions, publications, rules, segments, turns,
)  # fmt: skip

metadata = Base.metadata
