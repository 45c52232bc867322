"""Commands about the privacy of persons."""
