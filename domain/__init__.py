"""Tables and rules. No Flask, no WTForms, no Dramatiq below this floor; functions take a Session and never commit."""
