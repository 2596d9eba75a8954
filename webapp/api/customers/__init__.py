"""Customers, and what they hold."""
