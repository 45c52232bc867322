"""Commands of what is begun once and goes on in batches."""
