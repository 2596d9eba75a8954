"""Orders: as the shop reports them, what happened to them, and what they come to for their customers."""
