"""The commands about mails."""
