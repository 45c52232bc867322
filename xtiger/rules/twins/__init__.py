"""Finding records that look alike, on both sides and within one; a person judges them."""
