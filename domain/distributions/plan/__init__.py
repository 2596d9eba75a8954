"""A draft turned into a plan, or into the list of its mistakes."""
