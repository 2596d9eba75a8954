"""Validation rules: who may redeem what, as programs write them."""
