"""Which CRM record and which Xero record belong together."""
