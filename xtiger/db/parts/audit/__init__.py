"""The chain of hashes that the log stands in, and what may leave it."""
