"""Pure decisions about mails: when a report is due, whether it is worth one, when to try again."""
