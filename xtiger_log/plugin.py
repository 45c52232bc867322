"""What XTLog adds to the library: its name and the hooks it answers."""

from __future__ import annotations

from xtiger.hookspecs import ExtensionInfo

EXTENSION = ExtensionInfo(
    name="XTLog",
    label="Xero Logs",
    package="xtiger_log",
    requires=("XTiger",),
)
