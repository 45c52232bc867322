"""A wipe as data: what goes from the CRM, what stays and why, and what came of it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from xtiger.model.plans import Item, Plan
from xtiger.model.runs import Run


@dataclass(frozen=True, slots=True)
class WipePlan:
    """What a wipe would do, as it was looked at."""

    #: The organisation whose name is to be typed.
    organisation: str
    plan: Plan

    @property
    def going(self) -> tuple[Item, ...]:
        """Records that would be deleted in the CRM."""
        return tuple(item for item in self.plan.items if item.verb == "delete")

    @property
    def staying(self) -> tuple[Item, ...]:
        """Records that Xero brought and that stay, each with its cause."""
        return tuple(item for item in self.plan.items if item.verb is None)

    @property
    def counts(self) -> Mapping[str, tuple[int, int]]:
        """Module → how many of its records go, and how many stay."""
        going = Counter(item.module for item in self.going)
        staying = Counter(item.module for item in self.staying)
        return {
            module: (going[module], staying[module])
            for module in self.plan.modules
            if going[module] or staying[module]
        }

    @property
    def seen(self) -> str:
        """Stands for exactly what goes: another one once a record came, went or was edited."""
        rows = sorted(f"{i.module}\n{i.crm_id}\n{i.crm_version}" for i in self.going)
        return hashlib.sha256("\n\n".join(rows).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Wiped:
    """What a wipe came to."""

    run: Run
    #: What went, as it was.
    file: Path


@dataclass(frozen=True, slots=True)
class WipedBefore:
    """An earlier wipe of which records are still held."""

    run_id: str
    #: Records that do not come back until they are released.
    count: int
    at: datetime
