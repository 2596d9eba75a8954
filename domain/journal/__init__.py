"""What is written down for whoever acts on it later: events, changed facts, jobs, notices, the audit, mail of our own."""
