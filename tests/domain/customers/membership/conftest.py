"""The cast of the segments."""

from tests.domain.customers.segments.conftest import change, customer, project  # noqa: F401 - fixtures, asked for by name
