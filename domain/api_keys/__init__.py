"""Keys of programs that ask us: who may pull codes, which ones, how often, from where."""
