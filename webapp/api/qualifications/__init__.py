"""Qualifications: what a customer could redeem now."""
