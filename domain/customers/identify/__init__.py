"""Who is meant by an id, the owner's own id, an e-mail address or a phone number: the one answer for API, imports, forms and receipts."""
