"""What becomes of each person, on a list or with a contact alone."""
