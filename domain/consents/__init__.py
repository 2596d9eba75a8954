"""Marketing permissions: what customers allowed, when, how, and the log that proves it."""
