"""How does what was read become customers, a batch of staged lines at a time?"""
