"""Promotions: the tiers of campaigns without codes."""
