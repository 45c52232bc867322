"""A mapping as people change it: its rows one by one, what matches, and its versions."""
