"""The door to people's mailboxes: what a mail looks like, and handing it to the mail server."""
