"""Orders the phases: what is read once more, and what webhooks named."""
