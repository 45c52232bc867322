"""The commands below `xtiger mapping` that change it row by row and go back to a version."""
