"""Settings of the installation, its senders and system mail, and the trail of who changed what."""
