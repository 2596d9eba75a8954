"""Long work in small steps: imports, generation of codes, first syncs. A row remembers how far it came, so it can be killed anywhere."""
