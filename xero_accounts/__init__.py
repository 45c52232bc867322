"""Xero Accounts: the chart of accounts and the tax rates, to list and to choose from."""

from xtiger import __version__

__all__ = ["__version__"]
