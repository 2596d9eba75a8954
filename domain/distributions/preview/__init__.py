"""What one customer would get, shown or sent as a test."""
