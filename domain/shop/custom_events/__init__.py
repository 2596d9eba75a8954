"""Custom events: their schemas, and how one is tracked."""
