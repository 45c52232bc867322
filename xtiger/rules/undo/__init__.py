"""What an undo decides."""
