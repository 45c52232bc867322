"""The commands of `xtiger`, a file per subject."""
