"""How do things look on the wire? As in Voucherify's API, so that its official clients read them."""
