"""What Home shows."""
