"""Providers and the way out to them. No database, no Flask, no words of the domain."""
