"""One file per step, run in order by the library."""
