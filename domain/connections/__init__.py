"""Providers as they are set up here: their settings, health, rate and pauses."""
