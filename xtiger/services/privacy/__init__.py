"""The services for the privacy of persons."""
