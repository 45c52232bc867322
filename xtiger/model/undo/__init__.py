"""Undo as data."""
