"""Who would get it, at which address, and who is left out for which reason."""
