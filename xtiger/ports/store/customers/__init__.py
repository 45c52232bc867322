"""Protocols of what the store keeps of customers and their invoices."""
