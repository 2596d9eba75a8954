"""Pages that only one kind of campaign has, a module each, named by its key and found by looking."""
