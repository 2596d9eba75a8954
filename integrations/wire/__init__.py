"""How do bytes go out and come back? The connection behind `integrations.http`, its deadlines, and what came of a request."""
