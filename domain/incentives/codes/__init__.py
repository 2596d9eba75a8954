"""The codes of a campaign: how they look, are made, imported, found and withdrawn."""
