"""Walks over HTTP as a browser without scripts does them, against an installation that runs."""
