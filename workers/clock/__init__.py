"""What falls due, and who is asked to do it."""
