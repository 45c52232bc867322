"""What XTQueue adds to the library: its name and the hooks it answers."""

from __future__ import annotations

from xtiger.hookspecs import ExtensionInfo

EXTENSION = ExtensionInfo(
    name="XTQueue",
    label="Xero Queue",
    package="xtiger_queue",
    requires=("XTiger",),
)
