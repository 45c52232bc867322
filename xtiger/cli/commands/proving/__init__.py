"""Commands about proofs that others can check."""
