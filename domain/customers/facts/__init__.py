"""Which facts of a customer conditions can ask for, and the values of all of them."""
