"""Triggers that wait for codes to be given."""
