"""Pictures of one's own for mails: taken in, found again, forgotten when no mail needs them."""
