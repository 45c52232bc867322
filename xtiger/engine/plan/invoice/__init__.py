"""What becomes of each invoice: head, lines, status, figures and stock."""
