"""Triggers that wait for customers who enter or leave a segment."""
