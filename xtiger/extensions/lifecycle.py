"""How the module manager reaches an extension's own hooks, and what of the store it needs."""

from __future__ import annotations

from typing import Any, Protocol

from xtiger.extensions.state import LoadedExtension
from xtiger.ports.store import ConnectionStore, LeaseStore, SettingStore


class CallLifecycle(Protocol):
    """How the manager reaches one extension's own hook, whether it is enabled or not.

    The extension is loaded before it is called; a plugin manager registers it then if it is new,
    and carries out its migrations before post_install and post_update.
    """

    def __call__(self, extension: str, hook: str, /, **arguments: Any) -> Any:
        """Call one hook, strict, and return what it returns; None when it is not implemented.

        XTigerErrors pass; any other error becomes BrokenExtension.
        """
        ...


class ExtensionStore(SettingStore, LeaseStore, ConnectionStore, Protocol):
    """What of the store the module manager needs."""


def no_lifecycle(_extension: str, _hook: str, /, **_arguments: Any) -> Any:
    """Stand in until somebody listens."""
    return None


def no_arrival(_extension: LoadedExtension) -> None:
    """Stand in until somebody listens."""
