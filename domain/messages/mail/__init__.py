"""A mail made of blocks: its tree, what may stand in it, and how it becomes HTML and text, once for each version."""
