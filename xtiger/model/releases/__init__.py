"""What waits for the release by a second person, as data."""
