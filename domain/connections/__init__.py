"""Connections: a provider, configured. Its credentials, its health, its budget of calls."""
