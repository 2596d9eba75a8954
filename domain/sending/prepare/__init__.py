"""A batch before its call: who may have it, which code, which words, and the lease on it."""
