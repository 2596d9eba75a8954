"""Is this process asked to end? Whoever works step by step looks here between two steps, and gives back what it holds."""

import threading

ASKED = threading.Event()
"""Set by SIGTERM and SIGINT. Calls under way are finished and written down; nothing new is begun."""
GRACE = 30.0
"""Seconds that steps and calls under way are given."""
