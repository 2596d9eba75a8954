"""The same cast as the customers' tests."""

from tests.domain.customers.conftest import add, dina, eli, finn, offers, project  # noqa: F401
