"""Pictures of one's own in mails: how they are made harmless and small, and how a mail names them."""
