"""Which records may be one, as data."""
