"""The log as data: how long what is kept."""
