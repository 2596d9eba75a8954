"""Which programs run, how they are started, found again and stopped."""
