"""What changed on both sides."""
