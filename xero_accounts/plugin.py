"""What XeroAccounts adds to the library: its name and the hooks it answers."""

from __future__ import annotations

from xtiger.hookspecs import ExtensionInfo

EXTENSION = ExtensionInfo(
    name="XeroAccounts",
    label="Xero Accounts",
    package="xero_accounts",
    requires=("XTiger",),
)
