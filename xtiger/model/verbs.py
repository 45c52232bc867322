"""What a plan does with a record, and what became of it, each as one word."""

from __future__ import annotations

from typing import Literal

Verb = Literal["create", "update", "archive", "void", "delete", "link"]
ResultName = Literal[
    "created",
    "updated",
    "removed",
    "linked",
    "unchanged",
    "excluded",
    "skipped",
    "held",
    "conflict",
    "failed",
]
