"""XTiger: keep a CRM and a Xero organisation in agreement, both ways."""

__version__ = "0.1.0"
