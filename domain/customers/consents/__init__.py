"""What a customer allows and refuses, and the addresses that must not be written to."""
