"""What becomes of each payment, and of the invoice that it pays."""
