"""Commands that take something away once a name was typed."""
