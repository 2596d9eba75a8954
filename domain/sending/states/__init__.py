"""Moves of recipients and deliveries from state to state, and their counts."""
