"""Deliveries: one message of one recipient by one channel, from `pending` to what the provider told us."""
