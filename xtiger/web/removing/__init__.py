"""Pages that take something away after a name was typed, and the files that they leave."""
