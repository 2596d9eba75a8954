"""Codes and promotions redeemed on orders: whether they can be, that they were, what is held for a basket, and what was taken back."""
