"""What is configured by text: the answers of settings, and what is decided for a connection."""
