"""What discounts take off an order and its items: arithmetic alone, without a database."""
