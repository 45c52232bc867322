"""The module manager, zips, and the calling of hooks."""
