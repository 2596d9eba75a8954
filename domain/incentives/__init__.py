"""What can be given to a customer."""
