"""Texts: which characters may stand in one, how it is folded to be compared, and how numbers, dates, money and CSV are written."""
