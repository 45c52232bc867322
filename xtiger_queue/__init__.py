"""Xero Queue: changes wait here, go to Xero in order, and are tried again when they fail."""

from xtiger import __version__

__all__ = ["__version__"]
