"""The cast."""

from tests.cast import add, dina, eli, finn, offers, project, uploads  # noqa: F401 - fixtures, asked for by name
