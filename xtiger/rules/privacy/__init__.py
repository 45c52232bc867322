"""What is known of a person by what both sides say."""
