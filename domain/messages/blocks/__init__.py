"""The blocks a mail is made of: one module each, found by looking."""
