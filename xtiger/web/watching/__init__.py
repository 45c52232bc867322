"""Addresses for what watches the CRM's servers."""
