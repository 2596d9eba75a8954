"""Walks through the whole app, door to door, in a real browser."""
