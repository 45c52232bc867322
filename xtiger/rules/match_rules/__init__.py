"""Which rules find a record's partner: what each compares, and what the first that finds means."""
