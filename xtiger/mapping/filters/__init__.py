"""Filters: which records of a module are synced, by the values of their fields."""
