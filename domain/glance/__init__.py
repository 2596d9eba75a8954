"""What is going on, at a glance? Read from folded sums and small indexes, so that Home answers at once however much there is."""
