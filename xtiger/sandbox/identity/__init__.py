"""Who may come in: apps, consent, tokens, scopes and connections."""
