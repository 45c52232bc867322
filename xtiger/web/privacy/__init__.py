"""The pages about the privacy of persons."""
