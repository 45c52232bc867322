"""What must be remembered for the CRM's own systems."""
