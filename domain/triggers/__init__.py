"""What can start a distribution."""
