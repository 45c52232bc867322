"""The parts of the store about what the CRM's own systems get."""
