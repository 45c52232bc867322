"""Both sides read again, counted and compared."""
