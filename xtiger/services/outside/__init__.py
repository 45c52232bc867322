"""What the CRM's own systems get: what changed in Xero, and messages to them."""
