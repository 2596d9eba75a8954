"""A distribution before it sends: drafted, planned, shown, launched, held and stopped."""
