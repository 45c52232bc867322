"""Parts of the store about customers and their invoices."""
