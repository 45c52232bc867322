"""What is begun once and goes on in batches, as data."""
