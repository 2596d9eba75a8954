"""Is what we hand out whole? The wheel, and the files that install it."""
