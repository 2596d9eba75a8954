"""Segments as people make, name, change and delete them."""
