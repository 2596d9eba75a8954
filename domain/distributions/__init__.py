"""Distributions: who gets what, when, through which channels; from the draft to the end."""
