"""What do all providers of mail share? How a mail is put together, how a batch is split into calls, and which keys sign it."""
