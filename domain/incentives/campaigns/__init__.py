"""Campaigns as people make, change, find and delete them."""
