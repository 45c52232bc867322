"""What a store keeps of mails."""
