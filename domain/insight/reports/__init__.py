"""Reports of a distribution and the story of one delivery."""
