"""Which outcomes of a run get a row of the log."""
