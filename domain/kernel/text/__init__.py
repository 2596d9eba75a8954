"""Text from outside: which characters may stand in it, and how it is folded to be compared."""
