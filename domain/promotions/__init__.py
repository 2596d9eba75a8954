"""Promotions: incentives without a code, in tiers, that customers are notified about."""
