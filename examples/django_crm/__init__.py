"""A small CRM on Django: clients, items, invoices with lines, payments."""
