"""Text from outside: which characters may stand in it."""
