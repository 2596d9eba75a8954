"""Validations: whether codes and promotions can be redeemed on an order, and what they would take off."""
