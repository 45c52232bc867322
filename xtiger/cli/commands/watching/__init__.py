"""Commands for those who watch servers."""
