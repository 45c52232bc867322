"""The pages about the CRM's own systems."""
