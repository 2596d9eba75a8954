"""Redemptions: codes and promotions used on orders, those that failed, and what was taken back."""
