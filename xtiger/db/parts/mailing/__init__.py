"""The parts of the store for mails."""
