"""What there is to look at in a new installation: a bakery, Maple & Rye."""
