"""A whole installation in one process: what one function of sending does is seen after the others had their turn."""

from tests.workers.conftest import house, own_database  # noqa: F401 - fixtures, asked for by name
