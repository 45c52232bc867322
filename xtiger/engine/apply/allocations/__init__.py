"""Credit that is set against invoices: kept for undo, and taken off again."""
