"""From a launched distribution to what the provider said."""
