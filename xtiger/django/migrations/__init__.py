"""The tables that the library keeps in the database of the CRM."""
