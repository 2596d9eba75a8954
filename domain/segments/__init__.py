"""Segments: which customers belong together, kept current as facts and time change."""
