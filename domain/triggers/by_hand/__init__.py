"""Triggers that a person pulls, once."""
