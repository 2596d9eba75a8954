"""A file of customers, from upload and mapping to rows and a report."""
