"""Products and their SKUs, as far as orders and rules ask for them."""
