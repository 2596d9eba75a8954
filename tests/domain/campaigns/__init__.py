"""Campaigns: ledger, pool, generation, imports, promotions."""
