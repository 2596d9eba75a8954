"""The installation itself: its settings, the people who sign in, the keys of its API."""
