"""What people get: one module each, found by looking."""
