"""Vouchers: codes one by one."""
