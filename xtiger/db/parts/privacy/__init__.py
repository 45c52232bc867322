"""What the store keeps of persons, and how it leaves."""
