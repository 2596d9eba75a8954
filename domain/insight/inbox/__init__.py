"""The sandbox inbox."""
