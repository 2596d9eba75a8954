"""Schemas of custom events, for programs that keep them in step with their own code."""
