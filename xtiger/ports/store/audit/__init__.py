"""What the store does with its log besides writing it."""
