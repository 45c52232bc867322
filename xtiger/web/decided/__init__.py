"""What an administrator decides beside the settings of a module: as a file, as versions, by row."""
