"""What a run works with: host, store, Xero, clock and modules."""
