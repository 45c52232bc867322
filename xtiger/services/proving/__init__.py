"""Services for proofs that others can check."""
