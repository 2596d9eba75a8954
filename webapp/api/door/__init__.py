"""Between the wire and an operation: finding it, asking for the key, reading what was sent, and every way of saying no."""
