"""Persons, as privacy asks for them: where they are kept, and what is kept of them."""
