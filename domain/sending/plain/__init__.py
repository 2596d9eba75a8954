"""Batches in which everything is as usual, in few statements: same tables, same states, same guarantees as `prepare` and `calls`."""
