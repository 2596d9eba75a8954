"""Templates that are still being written, tried out where they can do no harm."""
