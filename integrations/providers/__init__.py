"""One module for each provider. Found by looking in this folder; nobody imports them by name."""
