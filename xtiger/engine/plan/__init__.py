"""What becomes of each pair; invoice, payment and person judge their own."""
