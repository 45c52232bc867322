"""A CRM's field to Xero's field and back: rows, conversion, lines, Xero's shapes, checks."""
