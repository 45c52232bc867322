"""Carrying runs through: sending, holding, releasing, and what is asked for later."""
