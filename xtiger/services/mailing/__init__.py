"""Services for mails: what is reported, to whom, and sending it."""
