"""Triggers that wait for what happens to an order."""
