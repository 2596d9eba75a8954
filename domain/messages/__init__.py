"""Words of the marketer, compiled once and made harmless; nothing here knows where their values come from."""
