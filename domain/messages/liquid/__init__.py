"""Liquid as it is understood here: the language, its limits, and where in HTML each output stands, so that it is escaped for it."""
