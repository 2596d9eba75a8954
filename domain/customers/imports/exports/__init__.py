"""Exports of other systems that are known by their headers; one module a system, found by looking."""
