"""Triggers that wait for a day."""
