"""Xero Logs: what each sync did with each record, to list, search and read."""

from xtiger import __version__

__all__ = ["__version__"]
