"""Who is in which segment, kept true while customers and time change."""
