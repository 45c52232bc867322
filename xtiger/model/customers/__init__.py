"""What customers owe, what happens to their invoices, and how these reach them, as data."""
