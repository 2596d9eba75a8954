"""Campaigns, as programs make, read, change and delete them."""
