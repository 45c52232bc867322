"""What the store does for the privacy of persons."""
