"""Who is told when a pool falls below a threshold."""
