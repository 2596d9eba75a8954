"""The cast."""

from tests.cast import add, dina, eli, offers, project  # noqa: F401 - fixtures of these tests
