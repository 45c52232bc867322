"""Signed proofs, as data."""
