"""Campaigns: where incentives come from. Their codes, the ledger that says whose each code is, and the pool that is left."""
