"""The catalogue of causes, an entry each: sentence, cures, button."""
