"""Who may have what is given, as one condition."""
