"""Orders, as shops report them and read them back."""
