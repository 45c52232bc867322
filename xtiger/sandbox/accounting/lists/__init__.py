"""What documents name: contacts, items, accounts, tax rates, tracking, the organisation."""
