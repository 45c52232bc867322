"""What the CRM's own systems get of the library: what changed in Xero, and messages to them."""
