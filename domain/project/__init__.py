"""The project: whose messages these are. Brand, senders, zone, currency, notices, and the record of who changed what."""
