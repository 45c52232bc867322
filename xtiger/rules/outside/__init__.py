"""What is decided about what the CRM's own systems get."""
