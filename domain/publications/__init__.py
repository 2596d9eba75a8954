"""Publications: this voucher was given to this customer, then, by that distribution or call."""
