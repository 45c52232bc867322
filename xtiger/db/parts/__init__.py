"""The parts of the store, a file per subject."""
