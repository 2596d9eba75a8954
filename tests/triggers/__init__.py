"""Triggers of the tests’ own: found beside those of the house by the fixture `more_triggers`."""
