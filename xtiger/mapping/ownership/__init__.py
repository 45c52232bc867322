"""Which side owns a field, by its name and by the status of its record."""
