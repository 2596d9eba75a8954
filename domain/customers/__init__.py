"""Everybody who can be written to: profiles, consents, imports and segments."""
