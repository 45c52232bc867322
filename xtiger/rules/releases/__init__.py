"""What is decided about releases by a second person."""
