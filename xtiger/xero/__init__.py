"""The door to Xero: consent, tokens, limits, reading and writing one organisation."""
