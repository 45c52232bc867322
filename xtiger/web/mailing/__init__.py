"""The page of mails: who gets which, whether they arrive, and what became of each."""
