"""Guesses an adapter from the models of a CRM: what each is, and what its columns mean."""
