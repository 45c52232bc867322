"""How new records find their partner, chosen rule by rule on the page of a module."""
