"""Pure decisions about what customers owe and what happens to their invoices."""
