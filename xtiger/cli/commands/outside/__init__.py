"""The commands for the CRM's own systems."""
