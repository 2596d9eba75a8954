"""Triggers that wait for what programs report in words of their own."""
