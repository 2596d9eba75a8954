"""Mails and blocks that were saved to begin others with: kept with their versions, found, used, and carried to other installations."""
