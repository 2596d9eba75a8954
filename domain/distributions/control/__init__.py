"""Commands and guards of a launched distribution: start, hold, pause, resume, stop."""
