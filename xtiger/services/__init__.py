"""What an application may ask, a file per subject."""
