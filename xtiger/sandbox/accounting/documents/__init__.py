"""Documents and money: invoices, notes, payments, orders, quotes and their lines."""
