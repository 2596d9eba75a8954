"""What happened to a customer, and what still has to react to it."""
