"""The filter of a module on its page."""
