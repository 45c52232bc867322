"""Pages of single runs and of taking them back."""
