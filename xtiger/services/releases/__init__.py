"""Releases by a second person."""
