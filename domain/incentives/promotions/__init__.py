"""Promotions and their tiers."""
