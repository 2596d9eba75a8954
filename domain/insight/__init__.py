"""What happened, and why: pages and reports that only read."""
