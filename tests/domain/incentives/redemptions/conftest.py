"""The cast."""

from tests.cast import add, dina, eli, offers, project  # noqa: F401 - pytest finds its fixtures by these names
