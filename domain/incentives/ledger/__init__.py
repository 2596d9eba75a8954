"""Which code belongs to whom: reserved, assigned, given back, used."""
