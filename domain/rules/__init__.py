"""Validation rules: one condition tree, attached to campaigns, promotions and distributions."""
