"""XTiger: keep a CRM and a Xero organisation in agreement, both ways.

`from xtiger import XTiger, hookimpl` is all that a beginner needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.2.0"

__all__ = ["XTiger", "__version__", "hookimpl"]

if TYPE_CHECKING:
    from xtiger.app import XTiger
    from xtiger.hookspecs import hookimpl
else:  # a type checker would take any name from a __getattr__

    def __getattr__(name: str) -> object:
        """Load what is asked for on first use: `import xtiger` itself stays light."""
        if name == "XTiger":
            from xtiger.app import XTiger  # brings SQLAlchemy

            return XTiger
        if name == "hookimpl":
            from xtiger.hookspecs import hookimpl

            return hookimpl
        raise AttributeError(f"module 'xtiger' has no attribute {name!r}")
