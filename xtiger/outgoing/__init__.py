"""Sends messages to the CRM's own systems over HTTP."""
