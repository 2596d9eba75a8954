"""What a person runs once from the command line."""
