"""Services for what becomes of invoices and their customers."""
