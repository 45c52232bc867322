"""What the pages say of mappings that cannot work."""
