"""Custom events, as programs report them."""
