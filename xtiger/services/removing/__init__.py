"""What is taken away once a name was typed: planned, exported first, and with a way back."""
