"""What mails are made of, as data: who gets them, what they report, and how far each came."""
