"""What panels, pages and plans are made of, read in a few calls."""
