"""How deliveries leave: the rounds of a distribution, the calls, and the leases that are kept meanwhile."""
