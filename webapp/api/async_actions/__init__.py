"""What was begun by a call and goes on, or is done."""
