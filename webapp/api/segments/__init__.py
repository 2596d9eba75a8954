"""Segments, as programs make, read and delete them."""
