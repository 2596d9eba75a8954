"""Codes that are given to customers: on request, by GET for platforms that can only GET, and the list of what was given."""
