"""Customers: who can hold incentives, how they are found, changed, imported, erased."""
