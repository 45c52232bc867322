"""What the head of a document says of all its lines."""
