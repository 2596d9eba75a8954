"""Cells of one line, and what becomes of them."""
