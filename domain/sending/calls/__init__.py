"""Calls to providers: opened, made, recorded, repeated."""
